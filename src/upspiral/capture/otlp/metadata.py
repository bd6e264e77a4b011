"""What is kept of a span that has no field of its own? Its surroundings as metadata, in text."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from upspiral.capture.otlp.conventions import CHOICE, DETAILS, READ_ATTRIBUTES, plan
from upspiral.capture.otlp.decode import RawSpan
from upspiral.capture.otlp.steps import Context, SpanStep
from upspiral.capture.otlp.values import MAX_TEXT, parse_json, short, text
from upspiral.domain import Message
from upspiral.domain.interaction import UNFINISHED_REASONS
from upspiral.domain.span import SpanKind
from upspiral.wire.text import reasoning

MAX_METADATA = 128
KEPT_FIELDS = ("provider", "task", "response_id", "recommendation", "confidence")
"""Fields that an Interaction has no place of its own for."""


UNREAD = "unread"
"""Name in the attributes of a Span that looks like a model call, and is none that can be read."""
NOT_CAPTURED = {"content": "not captured"}
"""In the metadata of a model call that tells nothing of what was said."""
FINISH_REASONS = (
    *("gen_ai.response.finish_reasons", "ai.response.finishReason", "llm.finish_reason"),
    "anthropic.message.stop_reason",
)
"""Attributes that say why an answer ended."""


def about_call(step: SpanStep, said: Sequence[Message]) -> dict[str, str]:
    """Note what of a model call has no field in an Interaction.

    Args:
        step: The model call.
        said: Its answers, of which only the first is the Interaction's.
    """
    raw, found = step.raw, step.found
    about = {"otel.span": raw.span}
    if raw.parent:
        about["otel.parent"] = raw.parent
    if raw.scope:
        about["otel.scope"] = short(raw.scope)
    for field in KEPT_FIELDS:
        if field in found:
            about[field] = short(found[field])
    wanted, model = found.get("wanted_model"), found.get("model")
    if model and wanted and wanted != model:
        about["wanted_model"] = short(wanted)
    if raw.name != f"{found.get('operation')} {wanted}":
        about["otel.name"] = short(raw.name)
    if len(said) > 1:
        about["other_answers"] = text([one.content for one in said[1:]])[:MAX_TEXT]
    if said and (thoughts := reasoning(said[0].parts)):
        about["reasoning"] = thoughts[:MAX_TEXT]
    return about


def find_reason_not_to_teach(step: SpanStep, *, is_said: bool) -> dict[str, str]:
    """Give why an answer cannot teach, for the metadata; empty where it can.

    Args:
        step: The model call.
        is_said: Does it tell what was asked or answered? Many instruments leave that out unless asked for it.
    """
    if not is_said:
        return dict(NOT_CAPTURED)
    return next(({"finish_reason": one} for one in _reasons(step) if one in UNFINISHED_REASONS), {})


def _reasons(step: SpanStep) -> Iterator[str]:
    """Give why an answer ended, from wherever the sender says so."""
    attributes = step.raw.attributes
    if not attributes.keys().isdisjoint(FINISH_REASONS):
        told = next(attributes[name] for name in FINISH_REASONS if name in attributes)
        given = parse_json(told) if isinstance(told, str) else told
        yield from map(text, given if isinstance(given, list) else [given])
    for name, _, more in step.raw.events:
        if name == CHOICE:
            yield text(more.get("finish_reason"))
    answer = step.found.get("output_text")
    if isinstance(answer, dict):
        choices = answer.get("choices")
        for one in (answer, *(choices if isinstance(choices, list) else ())):
            yield from (text(one.get(n)) for n in ("finish_reason", "stop_reason") if isinstance(one, dict))


def describe_step(step: SpanStep) -> dict[str, str]:
    """Note which instrument told a step that is no model call, and whether it looks like one."""
    about = {"otel.scope": short(step.raw.scope)} if step.raw.scope else {}
    if step.kind is SpanKind.OTHER and looks_like_model_call(step.raw.attributes):
        about[UNREAD] = "looks like a model call, but tells nothing of what was said"
    return about


def looks_like_model_call(names: Iterable[str]) -> bool:
    """Say whether attributes by unknown names may be those of a model call: a model, and counts of tokens.

    >>> looks_like_model_call(["acme.model", "acme.tokens_in"]), looks_like_model_call(["db.system"])
    (True, False)
    """
    found = [name.lower() for name in names]
    return any("model" in name for name in found) and any("token" in name for name in found)


def with_surroundings(
    about: dict[str, str], step: SpanStep, *, ahead: str, context: Context
) -> dict[str, str]:
    """Add what is known of any span: what was lost, its service, and what we do not understand.

    Args:
        about: Is added to, up to 128 names.
        step: Where to look.
        ahead: What the sender's clock said where it was wrong; else empty.
        context: Of the request.
    """
    raw = step.raw
    if ahead:
        about["otel.clock_ahead"] = ahead
    if raw.dropped:
        about["otel.dropped"] = str(raw.dropped)
    if step.kind is not None:
        _add(about, raw.attributes.items())
    elif step.plan.rest:
        _add(about, ((name, raw.attributes[name]) for name in step.plan.rest))
    if "metadata" in step.found and step.kind is None:
        _add(about, _flatten(step.found["metadata"]))
    if raw.events:
        _add(about, _other_events(step))
    _, rest = resource(raw, context)
    return _add(about, rest.items()) if rest else about


def _add(about: dict[str, str], pairs: Iterable[tuple[str, Any]]) -> dict[str, str]:
    for name, value in pairs:
        if len(about) >= MAX_METADATA:
            break
        key = name.removeprefix("traceloop.association.properties.")[:256]
        about.setdefault(key, text(value)[:MAX_TEXT])
    return about


def _flatten(value: Any) -> Iterator[tuple[str, Any]]:
    found = parse_json(value) if isinstance(value, str) else value
    return iter(found.items()) if isinstance(found, dict) else iter((("metadata", value),))


def _other_events(step: SpanStep) -> Iterator[tuple[str, Any]]:
    for number, (name, _, more) in enumerate(step.raw.events):
        if name in DETAILS and step.kind is None:
            yield from ((key, more[key]) for key in plan(tuple(more)).rest)
        elif name not in READ_ATTRIBUTES or step.kind is not None:
            yield f"event.{number}.{name}", more


def resource(raw: RawSpan, context: Context) -> tuple[str, dict[str, str]]:
    """Give the service's name, where it has one, and everything that is said of the resource."""
    known = context.resources.get(id(raw.resource))
    if known is None:
        service = text(raw.resource.get("service.name"))
        rest = _add({}, ((f"resource.{key}", value) for key, value in raw.resource.items()))
        known = ("" if service.startswith("unknown_service") else short(service), rest)
        context.resources[id(raw.resource)] = known
    return known
