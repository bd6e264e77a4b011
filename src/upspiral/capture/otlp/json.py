"""What does an OTLP/JSON request look like? One class a message, named as in protobuf."""

import msgspec
from msgspec import Raw, Struct

from upspiral.capture.otlp.count import too_many_spans
from upspiral.errors import TooLarge

MAX_OBJECTS = 1_000_000
"""JSON objects in one request; an attribute is two."""

KINDS = ("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER")
CODES = ("UNSET", "OK", "ERROR")


def _number(value: int | str) -> int:
    number = int(value)
    if not 0 <= number < 1 << 64:
        raise ValueError("a time or count is out of range")
    return number


def _choice(value: int | str, *, prefix: str, names: tuple[str, ...]) -> int:
    if isinstance(value, int):
        return value
    name = value.removeprefix(prefix)
    return names.index(name) if name in names else 0


class _Json(Struct, rename="camel"):
    """One message of OTLP/JSON, with the names that its protobuf twin has, so that both are read alike."""


class _AnyValue(_Json):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    bytes_value: bytes | None = None
    array_value: "_Array | None" = None
    kvlist_value: "_Pairs | None" = None

    def __post_init__(self) -> None:
        if isinstance(self.int_value, str):
            self.int_value = int(self.int_value)
        if not -1 << 63 <= (self.int_value or 0) < 1 << 63:
            raise ValueError("an intValue is out of range")
        if isinstance(self.double_value, str):
            self.double_value = float(self.double_value)

    def WhichOneof(self, _: str) -> str | None:
        return next((name for name in self.__struct_fields__ if getattr(self, name) is not None), None)


class _Array(_Json):
    values: list[_AnyValue] | None = None


NO_VALUE = _AnyValue()
"""The value of an attribute that has none."""


class KeyValue(_Json):
    """One attribute."""

    key: str = ""
    value: _AnyValue | None = msgspec.field(default_factory=lambda: NO_VALUE)


class _Pairs(_Json):
    values: list[KeyValue] | None = None


class _Status(_Json):
    code: int | str | None = 0
    message: str | None = ""

    def __post_init__(self) -> None:
        self.code = _choice(self.code or 0, prefix="STATUS_CODE_", names=CODES)
        self.message = self.message or ""


_UNSET = _Status()


class _Event(_Json):
    name: str | None = ""
    time_unix_nano: int | str | None = 0
    attributes: list[KeyValue] | None = None

    def __post_init__(self) -> None:
        self.name = self.name or ""
        self.time_unix_nano = _number(self.time_unix_nano or 0)


class JsonSpan(_Json):
    """One span."""

    trace_id: str | None = ""
    span_id: str | None = ""
    parent_span_id: str | None = None
    name: str | None = ""
    kind: int | str | None = 0
    start_time_unix_nano: int | str | None = 0
    end_time_unix_nano: int | str | None = 0
    attributes: list[KeyValue] | None = None
    events: list[_Event] | None = None
    status: _Status | None = None
    dropped_attributes_count: int | str | None = 0

    def __post_init__(self) -> None:
        self.trace_id, self.span_id, self.name = self.trace_id or "", self.span_id or "", self.name or ""
        self.kind = _choice(self.kind or 0, prefix="SPAN_KIND_", names=KINDS)
        self.start_time_unix_nano = _number(self.start_time_unix_nano or 0)
        self.end_time_unix_nano = _number(self.end_time_unix_nano or 0)
        self.dropped_attributes_count = _number(self.dropped_attributes_count or 0)
        self.status = self.status or _UNSET


class Named(_Json):
    """An instrumentation."""

    name: str | None = ""


class Resource(_Json):
    """Who sent it."""

    attributes: list[KeyValue] | None = None


class ScopeSpans(_Json):
    """The spans of one instrumentation."""

    scope: Named | None = None
    spans: list[JsonSpan] | None = None


class ResourceSpans(_Json):
    """The spans of one resource."""

    resource: Resource | None = None
    scope_spans: list[ScopeSpans] | None = None


class Request(_Json):
    """A whole request."""

    resource_spans: list[ResourceSpans] | None = None


class _RawScopeSpans(_Json):
    scope: Named | None = None
    spans: list[Raw] | None = None


class _RawResourceSpans(_Json):
    resource: Resource | None = None
    scope_spans: list[_RawScopeSpans] | None = None


class _RawRequest(_Json):
    resource_spans: list[_RawResourceSpans] | None = None


_REQUEST = msgspec.json.Decoder(_RawRequest)
_SPAN = msgspec.json.Decoder(JsonSpan)


def decode_json(body: bytes, *, max_spans: int) -> Request:
    """Read a request; its spans are counted before any of them is read.

    Args:
        body: As it came, unpacked.
        max_spans: Spans allowed.

    Raises:
        TooLarge: There are more, or so many objects that they hold more than spans do.
    """
    if body.count(b"{") > MAX_OBJECTS:
        raise TooLarge(f"The request holds more than {MAX_OBJECTS:,} objects.", hint="Send less at once.")
    raw = _REQUEST.decode(body)
    found = [(r, s) for r in raw.resource_spans or () for s in r.scope_spans or ()]
    if sum(len(s.spans or ()) for _, s in found) > max_spans:
        raise too_many_spans(max_spans)
    return Request([_read(one) for one in raw.resource_spans or ()])


def _read(raw: _RawResourceSpans) -> ResourceSpans:
    scopes = [
        ScopeSpans(s.scope, [_SPAN.decode(one) for one in s.spans or ()]) for s in raw.scope_spans or ()
    ]
    return ResourceSpans(raw.resource, scopes)
