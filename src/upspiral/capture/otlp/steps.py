"""How is one span read? Its ids checked, its fields found, its kind and its error told."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from upspiral.capture.otlp.conventions import (
    DETAILS,
    ENCODED,
    EXCEPTION,
    KINDS,
    MODEL_CALLS,
    Plan,
    plan,
    read,
)
from upspiral.capture.otlp.decode import RawSpan
from upspiral.capture.otlp.values import MAX_TEXT, text, undo_json
from upspiral.domain.ids import WorkspaceId
from upspiral.domain.span import SpanKind

IDS = re.compile("[0-9a-f]{48}")
NO_TRACE, NO_SPAN = "0" * 32, "0" * 16


class SpanStep(Struct, frozen=True, gc=False):
    """A span and how it is read."""

    raw: RawSpan
    plan: Plan
    found: dict[str, Any]
    kind: SpanKind | None
    """None for a model call."""


class Context(Struct, frozen=True):
    """What the steps of one request share."""

    workspace: WorkspaceId
    now: datetime
    resources: dict[int, tuple[str, dict[str, str]]]
    """By identity: the service's name, and the rest as text."""


def refusal(span: RawSpan) -> str | None:
    """Say why a span cannot be used; None where it can."""
    if span.fault:
        return span.fault
    if len(span.trace) != 32 or span.trace == NO_TRACE:
        return "the trace id is not 32 hex digits"
    if len(span.span) != 16 or span.span == NO_SPAN:
        return "the span id is not 16 hex digits"
    if not IDS.fullmatch(span.trace + span.span):
        return "an id is not written in hex"
    return None


def step_of(span: RawSpan) -> SpanStep:
    """Find our fields in a span; those on it win over those on its events."""
    if ENCODED in span.attributes:
        span = replace(span, attributes={name: undo_json(value) for name, value in span.attributes.items()})
    attributes = span.attributes
    steps = plan(tuple(attributes))
    found = read(attributes, steps)
    for name, _, more in span.events:
        if name in DETAILS:
            found = read(more, plan(tuple(more))) | found
    return SpanStep(span, steps, found, _kind(found, steps))


def _kind(found: Mapping[str, Any], steps: Plan) -> SpanKind | None:
    """Say what a span is; None for a model call."""
    for field in ("operation", "kind"):
        said = found.get(field)
        if isinstance(said, str):
            said = said.lower()
            if said in MODEL_CALLS:
                return None
            if said in KINDS:
                return KINDS[said]
    if "tool_name" in found and ("call_id" in found or "tool_arguments" in found):
        return SpanKind.TOOL
    talks = "input" in found or "output" in found or "input_text" in found or steps.indexed
    if ("wanted_model" in found or "model" in found) and talks and "operation" not in found:
        return None
    return SpanKind.OTHER


def duration(raw: RawSpan) -> float:
    """Give how long it took, in milliseconds; 0 where a time is missing or they are the wrong way round."""
    return (raw.end - raw.start) / 1e6 if raw.end > raw.start > 0 else 0.0


def error(step: SpanStep) -> str | None:
    """Say what went wrong: its kind and message, from the status or an exception; None where nothing did."""
    raw = step.raw
    if raw.code == 1:
        return None
    kind = text(step.found.get("error_type"))
    message = raw.status if raw.code == 2 else ""
    for name, _, more in raw.events:
        if name == EXCEPTION:
            kind = kind or text(more.get("exception.type"))
            message = message or text(more.get("exception.message"))
    if kind and message and kind not in message:
        return f"{kind}: {message}"[:MAX_TEXT]
    return (message or kind)[:MAX_TEXT] or ("error" if raw.code == 2 else None)
