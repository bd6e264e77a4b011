"""How does a span of Phoenix become an Interaction, and an annotation its Feedback?"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from upspiral.capture.formats import talk
from upspiral.capture.formats.chat_jsonl import Imported
from upspiral.capture.formats.values import (
    Remark,
    decode_text,
    first_field,
    flat_metadata,
    interaction_id,
    moment,
    says_something,
    signal,
    text_or_none,
    to_float,
)
from upspiral.domain import Feedback, Interaction, RequestOptions, Usage
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.wire.options import read_options
from upspiral.wire.plain import as_list
from upspiral.wire.usage import read_usage

FORMAT = "phoenix"


def nest(value: Any) -> Any:
    """Give dotted names their depth, numbered ones their list, and drop what is empty.

    >>> nest({"llm.input_messages.0.message.role": "user", "llm": {"model_name": "m"}, "x": None})
    {'llm': {'input_messages': [{'message': {'role': 'user'}}], 'model_name': 'm'}}
    """
    if isinstance(value, list):
        return [nest(one) for one in value]
    if not isinstance(value, dict):
        return value
    return _to_list(_deep(value))


def _deep(given: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given.items():
        place, *rest = found, *str(name).split(".")
        for part in rest[:-1]:
            inner = place.setdefault(part, {})
            if not isinstance(inner, dict):  # a value stands where a group is named: the value stays
                break
            place = inner
        else:
            inside = _deep(value) if isinstance(value, dict) else value
            if isinstance(inside, dict) and isinstance(place.get(rest[-1]), dict):
                place[rest[-1]] |= inside
            elif inside is not None:
                place.setdefault(rest[-1], inside)
    return found


def _to_list(given: dict[str, Any]) -> Any:
    if given and all(key.isdecimal() for key in given):
        return [nest(given[key]) for key in sorted(given, key=int)]
    return {key: nest(value) for key, value in given.items()}


def unfold(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give the spans of a downloaded trace; a span is given as it is."""
    spans = row.get("spans")
    yield from spans if isinstance(spans, list) else (row,)


def parse(
    row: dict[str, Any], *, agent: str | None, workspace: WorkspaceId, now: datetime
) -> Imported | Remark | None:
    """Read one span, as the REST API gives it or as a row of the spans dataframe, or one annotation.

    Args:
        row: A span or a span annotation; spans of another kind than ``LLM`` are passed over.
        agent: Whose it is; None for ``metadata.agent``, else the model.
        workspace: Where it belongs.
        now: The moment it gets where it names none.

    Raises:
        ValueError: It has no id or no input, or a moment or a count cannot be read.
    """
    span = nest(row | {"attributes": decode_text(row.get("attributes"))})
    context, told = _group(span, "context"), _group(span, "attributes")
    if "result" in span and "span_id" in span and not told:
        about = interaction_id(workspace, FORMAT, str(span["span_id"]))
        feedback = _feedback(span, about, workspace=workspace, now=now)
        return Remark(feedback) if says_something(feedback) else None
    kind = _group(told, "openinference", "span").get("kind") or span.get("span_kind")
    if str(kind).upper() != "LLM":
        return None
    theirs = text_or_none(first_field(context, "span_id") or first_field(span, "span_id"))
    if not theirs:
        raise ValueError("it has no context.span_id")
    ident = interaction_id(workspace, FORMAT, theirs)
    interaction = _interaction(span, ident, agent=agent, workspace=workspace, now=now)
    notes = [one for one in span.get("annotations") or () if isinstance(one, dict) and "result" in one]
    said = (_feedback(one, ident, workspace=workspace, now=interaction.at) for one in notes)
    return Imported(interaction, tuple(filter(says_something, said)))


def _interaction(
    span: dict[str, Any], ident: InteractionId, *, agent: str | None, workspace: WorkspaceId, now: datetime
) -> Interaction:
    told = _group(span, "attributes")
    llm, tokens = _group(told, "llm"), _group(told, "llm", "token_count")
    trace = text_or_none(first_field(_group(span, "context"), "trace_id") or first_field(span, "trace_id"))
    started = moment(span.get("start_time"), now=now)
    ended = moment(span.get("end_time"), now=started)
    output = _messages(llm.get("output_messages"))
    said = talk.answer(output[0] if output else _group(told, "output").get("value"))
    shown = _messages(llm.get("input_messages"))
    known = flat_metadata({"name": span.get("name")}, told.get("metadata"))
    model = str(llm.get("model_name") or "")
    return Interaction(
        id=ident,
        workspace=workspace,
        agent=AgentId(agent or known.get("agent") or model or "imported"),
        at=started,
        messages=talk.messages(shown or _group(told, "input").get("value")),
        options=_options(llm),
        answer=said.text,
        answer_parts=said.kept_parts,
        model=model,
        conversation=str(_group(told, "session").get("id") or trace or ident),
        trace=trace,
        end_user=text_or_none(_group(told, "user").get("id")),
        tool_calls=said.tool_calls,
        usage=replace(read_usage(tokens) or Usage(), cost=to_float(_group(llm, "cost").get("total")) or None),
        latency_ms=max(0.0, (ended - started).total_seconds() * 1000),
        error=_error(span),
        metadata=known,
    )


def _options(llm: dict[str, Any]) -> RequestOptions | None:
    sampling = decode_text(llm.get("invocation_parameters"))
    body = dict(sampling) if isinstance(sampling, dict) else {}
    if given := as_list(nest(llm.get("tools"))):
        body["tools"] = [decode_text(_group(one, "tool").get("json_schema") or one) for one in given]
    return read_options(body, "")


def _group(given: Any, *path: str) -> dict[str, Any]:
    for part in path:
        given = given.get(part) if isinstance(given, dict) else None
    return given if isinstance(given, dict) else {}


def _messages(given: Any) -> list[dict[str, Any]]:
    given = nest(decode_text(given))
    return [_message(one) for one in given] if isinstance(given, list) else []


def _message(given: Any) -> dict[str, Any]:
    """Bring a message of OpenInference to OpenAI's shape."""
    inner = _group(given, "message") or _group(given)
    parts = [_group(one, "message_content") or _group(one) for one in inner.get("contents") or ()]
    tools = [_group(one, "tool_call") or _group(one) for one in inner.get("tool_calls") or ()]
    return {"role": inner.get("role"), "content": inner.get("content") or parts, "tool_calls": tools}


def _error(span: dict[str, Any]) -> str | None:
    if str(span.get("status_code") or "").upper() != "ERROR":
        return None
    events = [_group(event, "attributes", "exception") for event in span.get("events") or ()]
    raised = next((event["message"] for event in events if event.get("message")), None)
    return str(span.get("status_message") or raised or "error")


def _feedback(
    row: dict[str, Any], about: InteractionId, *, workspace: WorkspaceId, now: datetime
) -> Feedback:
    name = str(first_field(row, "name", "annotation_name") or "annotation")
    result, theirs = _group(row, "result"), f"{about} {name} {row.get('identifier')}"
    return signal(
        about,
        workspace=workspace,
        key=f"{FORMAT} {row.get('id') or theirs}",
        rater=name,
        at=moment(row.get("created_at"), now=now),
        value=result.get("score"),
        label=text_or_none(result.get("label")),
        comment=text_or_none(result.get("explanation")),
    )
