"""How is a piece of work told as a span?"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry.context import Context
    from opentelemetry.trace import Span as Recorded
    from opentelemetry.trace import Tracer

SpanKind = Literal["internal", "server", "client"]
Value = str | int | float | bool
Attributes = Mapping[str, Value | None]


class Tracers(NamedTuple):
    """What makes the spans of this process."""

    work: "Tracer"
    """Of a share of the requests."""
    nights: "Tracer"
    """Of all nights."""


class Tracing:
    """What is on in this process; see `export.py`."""

    tracers: Tracers | None = None


class NoSpan:
    """A span where tracing is off, and what every span can do."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Nothing was begun."""

    def note(self, attributes: Attributes, *, name: str | None = None) -> None:
        """Add attributes; those that are None are left out.

        Args:
            attributes: By name.
            name: What the span is called from now on.
        """

    def mark_failed(self, kind: str) -> None:
        """Say that it failed, by the kind of the error alone."""

    def drop(self) -> None:
        """Tell nothing of it, nor that it was begun."""

    def end(self) -> None:
        """It is over."""


class RecordingSpan(NoSpan):
    """A span under way.

    Args:
        recorded: As OpenTelemetry knows it.
    """

    def __init__(self, recorded: "Recorded") -> None:
        self._recorded, self._is_dropped = recorded, False
        self._token: Token[Context] | None = None

    def __enter__(self) -> Self:
        from opentelemetry import context, trace

        self._token = context.attach(trace.set_span_in_context(self._recorded))
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        from opentelemetry import context

        if self._token is not None:
            context.detach(self._token)
        if kind is not None:
            self.mark_failed(kind.__name__)
        self.end()

    def note(self, attributes: Attributes, *, name: str | None = None) -> None:
        """Add attributes, and call it otherwise."""
        self._recorded.set_attributes({key: value for key, value in attributes.items() if value is not None})
        if name:
            self._recorded.update_name(name)

    def mark_failed(self, kind: str) -> None:
        """Mark it as failed."""
        from opentelemetry.trace import Status, StatusCode

        self._recorded.set_attribute("error.type", kind)
        self._recorded.set_status(Status(StatusCode.ERROR))

    def drop(self) -> None:
        """Never end it, so that it is not told."""
        self._is_dropped = True

    def end(self) -> None:
        """End it, which tells it."""
        if not self._is_dropped:
            self._recorded.end()


OFF = NoSpan()


def span(name: str, attributes: Attributes | None = None) -> NoSpan:
    """Give a span of our own work, to be used in `with`; those begun inside are its children.

    Args:
        name: What is done; there are few different names.
        attributes: By name; None is left out.
    """
    return OFF if Tracing.tracers is None else begin_span(name, "internal", attributes)


def begin_span(
    name: str, kind: SpanKind, attributes: Attributes | None = None, *, traceparent: str | None = None
) -> NoSpan:
    """Begin a span, a child of the one around it; whoever does not use it in `with` ends it.

    Args:
        name: What is done; there are few different names.
        kind: `server` where we are asked, `client` where we ask.
        attributes: By name; None is left out.
        traceparent: The header of that name, where the span's parent is another process's.
    """
    if Tracing.tracers is None:
        return OFF
    from opentelemetry import trace

    parent = _read_parent(traceparent) if traceparent else None
    made = Tracing.tracers.work.start_span(name, parent, kind=trace.SpanKind[kind.upper()])
    begun = RecordingSpan(made)
    begun.note(attributes or {})
    return begun


class NightTrace(NamedTuple):
    """The trace of a night, the same in every process that runs a part of it."""

    night: str
    """Its id."""

    @property
    def trace_id(self) -> int:
        """The id of the trace.

        >>> NightTrace("cyc_1").trace_id == NightTrace("cyc_1").trace_id != NightTrace("cyc_2").trace_id
        True
        """
        return int.from_bytes(self._digest[:16])

    @property
    def span_id(self) -> int:
        """The id of the span of the whole night, told when it has ended."""
        return int.from_bytes(self._digest[16:24])

    @property
    def _digest(self) -> bytes:
        return hashlib.sha256(f"night {self.night}".encode()).digest()

    def begin_step(self, step: str) -> NoSpan:
        """Begin the span of a step."""
        if Tracing.tracers is None:
            return OFF
        from opentelemetry import trace

        flags = trace.TraceFlags(trace.TraceFlags.SAMPLED)
        whole = trace.SpanContext(self.trace_id, self.span_id, is_remote=True, trace_flags=flags)
        parent = trace.set_span_in_context(trace.NonRecordingSpan(whole))
        begun = RecordingSpan(Tracing.tracers.nights.start_span(f"step {step}", parent))
        begun.note({"upspiral.night": self.night, "upspiral.step": step})
        return begun

    def tell_whole(self, name: str, attributes: Attributes, *, begun: datetime) -> None:
        """Tell of the whole night, once it has ended."""
        if Tracing.tracers is None:
            return
        from opentelemetry.context import Context

        from upspiral.tracing.night_ids import with_ids

        start = int(begun.timestamp() * 1e9)
        with with_ids(self.trace_id, self.span_id):
            whole = RecordingSpan(Tracing.tracers.nights.start_span(name, Context(), start_time=start))
        whole.note({"upspiral.night": self.night, **attributes})
        whole.end()


def _read_parent(traceparent: str) -> "Context":
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": traceparent}, Context())
