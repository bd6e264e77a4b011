"""Spans are counted before they are decoded."""

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from upspiral.capture.otlp import decode
from upspiral.capture.otlp.count import check_protobuf, too_many_spans
from upspiral.errors import InvalidInput, TooLarge


def _body(*scopes: int) -> bytes:
    """A request of two resources, each with a scope of so many spans."""
    made = [ScopeSpans(spans=[Span(name="x" * 300) for _ in range(count)]) for count in scopes]
    request = ExportTraceServiceRequest(resource_spans=[ResourceSpans(scope_spans=[scope]) for scope in made])
    return bytes(request.SerializeToString())


def test_spans_of_all_scopes_are_counted_together() -> None:
    check_protobuf(_body(3, 4), max_spans=7)
    with pytest.raises(TooLarge, match="6"):
        check_protobuf(_body(3, 4), max_spans=6)
    assert decode(b"", content_type="application/x-protobuf") == []


@pytest.mark.parametrize("body", [b"\xff" * 20, b"no protobuf", _body(9)[:-5]])
def test_what_is_no_protobuf_is_left_to_the_decoder(body: bytes) -> None:
    check_protobuf(body, max_spans=9)
    with pytest.raises(InvalidInput, match="no protobuf"):
        decode(body, content_type="application/x-protobuf")


def test_the_refusal_names_how_many_are_allowed() -> None:
    assert "1,000" in str(too_many_spans(1_000)) or "1000" in str(too_many_spans(1_000))
