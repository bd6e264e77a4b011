"""What was asked and answered? A model call becomes an Interaction."""

from collections.abc import Iterator

from upspiral.capture.otlp.conventions import CHOICE, MESSAGE_EVENTS
from upspiral.capture.otlp.decode import Attributes
from upspiral.capture.otlp.messages import gather_numbered
from upspiral.capture.otlp.metadata import (
    about_call,
    find_reason_not_to_teach,
    resource,
    with_surroundings,
)
from upspiral.capture.otlp.request import read_counts, read_model, read_request
from upspiral.capture.otlp.steps import Context, SpanStep, duration, error
from upspiral.capture.otlp.tools import Tools, tool_calls
from upspiral.capture.otlp.values import moment, short, text
from upspiral.domain.ids import AgentId, InteractionId, derive_at
from upspiral.domain.interaction import Interaction, Kind
from upspiral.domain.message import CallPart, Message, Part
from upspiral.wire.messages import read_messages
from upspiral.wire.plain import parse
from upspiral.wire.reply import Reply


def interaction(step: SpanStep, tools: Tools, *, context: Context) -> Interaction:
    """Turn a model call into an Interaction, and give it the tools that it asked for."""
    raw, found = step.raw, step.found
    ident = InteractionId(derive_at("int", context.workspace, raw.trace, raw.span, ms=raw.start // 1_000_000))
    heard, told = _input_messages(step), _output_messages(step)
    said = next((one for one in told if one.content or one.parts), Message("assistant"))
    answer, answer_parts = _answer(said)
    model = text(found.get("model") or found.get("wanted_model") or read_model(found))
    service, _ = resource(raw, context)
    at, ahead = moment(raw.start, context.now)
    end_user = found.get("end_user")
    conversation = found.get("conversation")
    doubt = find_reason_not_to_teach(step, is_said=bool(heard or said.content or said.parts))
    about = about_call(step, told)
    about.update(doubt)
    asked = [part for one in told for part in one.parts if isinstance(part, CallPart)]
    return Interaction(
        id=ident,
        workspace=context.workspace,
        agent=AgentId(short(found.get("agent") or service or model or "otlp")),
        at=at,
        kind=Kind.TASK if "task" in found else Kind.CHAT,
        messages=tuple(heard),
        options=read_request(step),
        answer=answer,
        answer_parts=answer_parts,
        model=model,
        conversation=raw.trace if conversation is None else short(conversation),
        trace=raw.trace,
        client_id=raw.span,
        end_user=None if end_user is None else short(end_user),
        tool_calls=tool_calls(step, asked, ident, tools=tools) if asked or tools else (),
        usage=read_counts(found),
        latency_ms=duration(raw),
        error=error(step),
        trainable=not doubt and text(found.get("trainable", "true")).lower() not in ("false", "0", "no"),
        metadata=with_surroundings(about, step, ahead=ahead, context=context),
    )


def _answer(said: Message) -> tuple[str, tuple[Part, ...]]:
    """Give the words of an answer, and its parts where they say more."""
    if not said.parts:  # as nearly always
        return said.content, ()
    reply = Reply(parts=said.parts)
    return reply.text, reply.kept_parts


def _input_messages(step: SpanStep) -> list[Message]:
    found = step.found
    if "input" in found:
        gathered = [*read_messages(found["input"])]
    else:
        gathered = gather_numbered(step.raw.attributes, step.plan, "input") or [
            told
            for name, _, more in step.raw.events
            if name in MESSAGE_EVENTS
            for told in _read_event(more, MESSAGE_EVENTS[name])
        ]
        if not gathered and "input_text" in found:
            gathered = [*read_messages(found["input_text"])]
    if "system" in found:
        gathered = [*read_messages(found["system"], role="system"), *gathered]
    return gathered


def _output_messages(step: SpanStep) -> list[Message]:
    """Give the answers from the first place that says anything; a sender may leave one of them empty."""
    first: list[Message] = []
    for told in _places_of_output(step):
        if any(one.content or one.parts for one in told):
            return told
        first = first or told
    return first


def _places_of_output(step: SpanStep) -> Iterator[list[Message]]:
    found = step.found
    if "output" in found:
        yield [*read_messages(found["output"], role="assistant")]
    yield gather_numbered(step.raw.attributes, step.plan, "output")
    choices = (more for name, _, more in step.raw.events if name == CHOICE)
    yield [told for more in choices for told in _read_event(more, "assistant")]
    if "output_calls" in found:
        said = {"content": text(found.get("output_text")), "tool_calls": parse(found["output_calls"])}
        yield [*read_messages([{"role": "assistant", **said}])]
    whole = found.get("output_text")
    if whole is not None and not (error(step) and text(whole).lstrip()[:1] == "{"):
        yield [*read_messages(whole, role="assistant")]  # of a failed call an object holds no answer


def _read_event(event: Attributes, role: str) -> tuple[Message, ...]:
    """Read an event that carries a message; some senders write it as JSON into one attribute."""
    whole = event.get("gen_ai.event.content")
    return read_messages(whole if whole is not None else [{"role": role, **event}], role=role)
