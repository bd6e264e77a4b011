"""What did an OTLP/HTTP request carry? Bytes in, plain spans out, whatever the bytes are.

Protobuf is imported with the first request: commands that only read need none.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
from msgspec import Struct

from upspiral.capture.otlp.count import check_protobuf, too_many_spans
from upspiral.capture.otlp.json import NO_VALUE, decode_json
from upspiral.errors import InvalidInput

if TYPE_CHECKING:
    from upspiral.capture.otlp.salvage import Found

MAX_SPANS = 20_000
"""Spans in one request."""
MAX_ATTRIBUTES = 512
"""Attributes of one span, resource or event; events of one span."""
MAX_KEY = 256
"""Characters in an attribute's name."""
MAX_DEPTH = 16
"""How deep lists and maps may lie in one another; what lies deeper is read as None."""
Value: TypeAlias = "str | int | float | bool | bytes | list[Value] | dict[str, Value] | None"
Attributes: TypeAlias = dict[str, Value]


class RawSpan(Struct, frozen=True, kw_only=True, gc=False):
    """One span as it was sent."""

    trace: str
    """In hex, lower case; not yet checked."""
    span: str
    parent: str | None
    name: str
    kind: int
    start: int
    """Nanoseconds since 1970."""
    end: int
    code: int
    """0 unset, 1 fine, 2 an error."""
    status: str
    attributes: Attributes
    events: tuple[tuple[str, int, Attributes], ...]
    """Name, nanoseconds since 1970, attributes."""
    resource: Attributes
    """Shared by all spans of one resource."""
    scope: str
    dropped: int
    """Attributes and events that were left out here, or by the sender."""
    fault: str = ""
    """Why it could not be read at all; empty where it could."""


FIRST_NANOSECOND = 10**17
"""A smaller moment is not in nanoseconds."""


def decode(body: bytes, *, content_type: str) -> list[RawSpan]:
    """Read an ExportTraceServiceRequest.

    Args:
        body: Unpacked.
        content_type: ``application/x-protobuf`` or ``application/json``, with or without parameters.

    A span that cannot be read comes as one with a `fault`, so that the others are kept.

    Raises:
        TooLarge: It holds more than 20,000 spans; told before they are read.
        InvalidInput: It is no such request, or of another type.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-protobuf":
        check_protobuf(body, max_spans=MAX_SPANS)
        return _spans(*_read_protobuf(body), bytes.hex)
    if kind == "application/json":
        try:
            return _spans(*_read_json(body), str.lower)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InvalidInput(f"The body is no OTLP/JSON trace request: {error}.") from error
    raise InvalidInput(
        f"The content type {kind[:80]!r} is not understood.",
        hint="Send application/x-protobuf or application/json.",
    )


def _read_protobuf(body: bytes) -> "Found":
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    from upspiral.capture.otlp.salvage import salvage_protobuf

    try:
        return ExportTraceServiceRequest.FromString(body), []
    except DecodeError:
        pass
    try:
        return salvage_protobuf(body)
    except DecodeError as error:
        raise InvalidInput("The body is no protobuf ExportTraceServiceRequest.") from error


def _read_json(body: bytes) -> "Found":
    try:
        return decode_json(body, max_spans=MAX_SPANS), []
    except (msgspec.DecodeError, UnicodeDecodeError):
        from upspiral.capture.otlp.salvage import salvage_json

        return salvage_json(body)


def _spans(request: Any, broken: list[str], ident: Callable[[Any], str]) -> list[RawSpan]:
    count = sum(len(s.spans or ()) for r in request.resource_spans or () for s in r.scope_spans or ())
    if count > MAX_SPANS:
        raise too_many_spans(MAX_SPANS)
    found: list[RawSpan] = []
    for resource_spans in request.resource_spans or ():
        resource = resource_spans.resource
        attributes = _attributes(resource.attributes or ()) if resource else {}
        for scope_spans in resource_spans.scope_spans or ():
            scope = _clean(scope_spans.scope.name or "") if scope_spans.scope else ""
            for span in scope_spans.spans or ():
                found.append(_span(span, ident, resource=attributes, scope=scope))
    return found + [_unreadable(reason) for reason in broken]


def _unreadable(reason: str) -> RawSpan:
    empty: dict[str, Any] = dict.fromkeys(("trace", "span", "name", "status", "scope"), "")
    empty |= dict.fromkeys(("kind", "start", "end", "code", "dropped"), 0)
    fault = f"a span cannot be read: {reason}"
    return RawSpan(**empty, parent=None, attributes={}, events=(), resource={}, fault=fault)


def _span(span: Any, ident: Callable[[Any], str], *, resource: Attributes, scope: str) -> RawSpan:
    sent, happened, status = span.attributes or (), span.events or (), span.status
    attributes = _attributes(sent)
    events = _events(happened) if happened else ()
    dropped = span.dropped_attributes_count + len(sent) - len(attributes) + len(happened) - len(events)
    parent = ident(span.parent_span_id) if span.parent_span_id else ""
    return RawSpan(
        trace=ident(span.trace_id),
        span=ident(span.span_id),
        parent=parent if len(parent) == 16 and parent.strip("0") else None,
        name=_clean(span.name),
        kind=span.kind,
        start=to_nanoseconds(span.start_time_unix_nano),
        end=to_nanoseconds(span.end_time_unix_nano),
        code=status.code,
        status=_clean(status.message),
        attributes=attributes,
        events=events,
        resource=resource,
        scope=scope,
        dropped=dropped,
    )


def to_nanoseconds(moment: int) -> int:
    """Give a moment in nanoseconds since 1970; some senders write seconds, milliseconds or microseconds.

    A moment in nanoseconds below 1e17 would lie before March 1973, so it is one of another unit.

    >>> [to_nanoseconds(1_700_000_000 * 1000**power) for power in range(4)] == [1_700_000_000_000_000_000] * 4
    True
    """
    while 0 < moment < FIRST_NANOSECOND:
        moment *= 1000
    return moment


def _events(events: Sequence[Any]) -> tuple[tuple[str, int, Attributes], ...]:
    return tuple(
        (_clean(e.name), to_nanoseconds(e.time_unix_nano), _attributes(e.attributes or ()))
        for e in events[:MAX_ATTRIBUTES]
    )


def _attributes(pairs: Sequence[Any], depth: int = 0) -> Attributes:
    found: Attributes = {}
    for pair in pairs if len(pairs) <= MAX_ATTRIBUTES else pairs[:MAX_ATTRIBUTES]:
        value = pair.value or NO_VALUE
        if text := value.string_value:
            found[pair.key] = text if "\0" not in text else _clean(text)
        else:
            found[pair.key] = value.int_value or _value(value, depth)
    names = "".join(found)  # one look at them all: hardly ever is one left out
    if "\0" in names or (len(names) > MAX_KEY and max(map(len, found)) > MAX_KEY):
        return {key: value for key, value in found.items() if len(key) <= MAX_KEY and "\0" not in key}
    return found


def _value(value: Any, depth: int) -> Value:
    which = value.WhichOneof("value")
    if which is None:
        return None
    found = getattr(value, which)
    if which == "string_value":
        return _clean(found)
    if which not in ("array_value", "kvlist_value"):
        return found  # type: ignore[no-any-return]
    if depth == MAX_DEPTH:
        return None
    if which == "array_value":
        return [_value(inner, depth + 1) for inner in found.values or ()]
    return _attributes(found.values or (), depth + 1)


def _clean(text: str) -> str:
    """Replace what PostgreSQL cannot hold.

    >>> _clean("a" + chr(0))
    'a\ufffd'
    """
    return text.replace("\0", "\ufffd") if "\0" in text else text
