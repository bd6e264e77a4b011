import gzip
import json
import zlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from upspiral.capture.otlp import RawSpan, decode, unpack
from upspiral.capture.otlp.decode import MAX_DEPTH, MAX_SPANS
from upspiral.errors import InvalidInput, TooLarge

PROTOBUF, JSON = "application/x-protobuf", "application/json"
TRACE, SPAN, PARENT = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", "eee19b7ec3c1b173"


def wrap(value: object) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case bytes():
            return AnyValue(bytes_value=value)
        case list():
            return AnyValue(array_value=ArrayValue(values=[wrap(v) for v in value]))
        case dict():
            return AnyValue(kvlist_value=KeyValueList(values=pairs(value)))
    return AnyValue()


def pairs(found: dict[str, Any]) -> list[KeyValue]:
    return [KeyValue(key=k, value=wrap(v)) for k, v in found.items()]


def protobuf(attributes: dict[str, Any], *, count: int = 1) -> bytes:
    request = ExportTraceServiceRequest()
    sent = request.resource_spans.add()
    sent.resource.attributes.extend(pairs({"service.name": "shop"}))
    scope = sent.scope_spans.add()
    scope.scope.name = "instrument"
    for _ in range(count):
        span = scope.spans.add(
            name="chat m", kind=3, start_time_unix_nano=10**18, end_time_unix_nano=10**18 + 5
        )
        span.trace_id, span.span_id = bytes.fromhex(TRACE), bytes.fromhex(SPAN)
        span.parent_span_id = bytes.fromhex(PARENT)
        span.status.code, span.status.message = 2, "broken"
        span.attributes.extend(pairs(attributes))
        span.events.add(name="happened", time_unix_nano=10**18 + 1).attributes.extend(pairs({"a": 1}))
    return bytes(request.SerializeToString())


def as_json(attributes: list[dict[str, Any]], **more: object) -> dict[str, Any]:
    span = {
        "traceId": TRACE.upper(), "spanId": SPAN, "parentSpanId": PARENT, "name": "chat m", "kind": 3,
        "startTimeUnixNano": str(10**18), "endTimeUnixNano": 10**18 + 5, "attributes": attributes,
        "status": {"code": 2, "message": "broken"},
        "events": [
            {
                "name": "happened",
                "timeUnixNano": str(10**18 + 1),
                "attributes": [{"key": "a", "value": {"intValue": "1"}}],
            }
        ],
    }  # fmt: skip
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    scoped = {"scope": {"name": "instrument"}, "spans": [span | more]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scoped]}]}


def read_json(found: dict[str, Any]) -> list[RawSpan]:
    return decode(json.dumps(found).encode(), content_type="application/json; charset=utf-8")


def test_protobuf_and_json_of_the_same_span_are_read_alike() -> None:
    plain: dict[str, Any] = {
        "s": "text",
        "i": 7,
        "zero": 0,
        "d": 1.5,
        "b": False,
        "raw": b"\x00\xff",
        "l": ["a", 1],
        "m": {"k": "v"},
    }
    wire = [
        {"key": "s", "value": {"stringValue": "text"}},
        {"key": "i", "value": {"intValue": "7"}},
        {"key": "zero", "value": {"intValue": 0}},
        {"key": "d", "value": {"doubleValue": 1.5}},
        {"key": "b", "value": {"boolValue": False}},
        {"key": "raw", "value": {"bytesValue": "AP8="}},
        {"key": "l", "value": {"arrayValue": {"values": [{"stringValue": "a"}, {"intValue": "1"}]}}},
        {"key": "m", "value": {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}}},
    ]
    (packed,) = decode(protobuf(plain), content_type=PROTOBUF)
    assert packed == read_json(as_json(wire))[0]
    assert packed == RawSpan(
        trace=TRACE, span=SPAN, parent=PARENT, name="chat m", kind=3, start=10**18, end=10**18 + 5, code=2,
        status="broken", attributes=plain, events=(("happened", 10**18 + 1, {"a": 1}),),
        resource={"service.name": "shop"}, scope="instrument", dropped=0,
    )  # fmt: skip


def test_json_may_leave_things_out_name_its_kinds_and_hold_fields_nobody_knows() -> None:
    (span,) = read_json({"resourceSpans": [{"scopeSpans": [{"spans": [{"spanId": SPAN, "flags": 257}]}]}]})
    assert (span.trace, span.span, span.parent, span.name, span.attributes) == ("", SPAN, None, "", {})
    (span,) = read_json(
        as_json([], kind="SPAN_KIND_SERVER", status={"code": "STATUS_CODE_ERROR"}, parentSpanId=None)
    )
    assert (span.kind, span.code, span.parent) == (2, 2, None)
    assert read_json({}) == read_json({"resourceSpans": None}) == []


def test_a_parent_of_zeros_is_no_parent() -> None:
    assert read_json(as_json([], parentSpanId="0" * 16))[0].parent is None


def test_a_nul_is_replaced_because_postgresql_cannot_hold_it() -> None:
    (span,) = decode(protobuf({"k": "a\0b", "l": ["\0"]}), content_type=PROTOBUF)
    assert span.attributes == {"k": "a\ufffdb", "l": ["\ufffd"]}


def test_attributes_above_the_limits_are_left_out_and_counted() -> None:
    many = {f"k{n}": n for n in range(600)}
    (span,) = decode(protobuf(many), content_type=PROTOBUF)
    assert (len(span.attributes), span.dropped) == (512, 88)
    (span,) = decode(protobuf({"k" * 257: "long", "k" * 256: "fits"}), content_type=PROTOBUF)
    assert (span.attributes, span.dropped) == ({"k" * 256: "fits"}, 1)


def test_names_that_mean_something_to_python_are_only_data() -> None:
    hostile = {"__class__": "a", "{0.__init__}": "b", "constructor": "c"}
    assert decode(protobuf(hostile), content_type=PROTOBUF)[0].attributes == hostile


def test_what_is_nested_too_deeply_is_left_out() -> None:
    value: Any = "bottom"
    for _ in range(MAX_DEPTH + 1):
        value = [value]
    (span,) = decode(protobuf({"deep": value}), content_type=PROTOBUF)
    assert "bottom" not in repr(span.attributes)
    (span,) = decode(protobuf({"deep": value[0]}), content_type=PROTOBUF)
    assert "bottom" in repr(span.attributes)


@pytest.mark.parametrize("depth", [90, 5_000])
def test_a_tower_of_json_is_refused_or_cut_but_breaks_nothing(depth: int) -> None:
    tower = '{"arrayValue":{"values":[' * depth + '{"intValue":1}' + "]}}" * depth
    body = json.dumps(as_json([{"key": "k", "value": "TOWER"}])).replace('"TOWER"', tower).encode()
    try:
        (span,) = decode(body, content_type=JSON)
    except InvalidInput:
        assert depth == 5_000
    else:
        assert repr(span.attributes).count("[") == MAX_DEPTH


def test_more_spans_than_allowed_are_refused_as_too_large() -> None:
    request = ExportTraceServiceRequest()
    scope = request.resource_spans.add().scope_spans.add()
    for _ in range(MAX_SPANS):
        scope.spans.add()
    assert len(decode(request.SerializeToString(), content_type=PROTOBUF)) == MAX_SPANS
    scope.spans.add()
    with pytest.raises(TooLarge, match="more than 20,000 spans"):
        decode(request.SerializeToString(), content_type=PROTOBUF)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\xff\xff", PROTOBUF),
        (b"{", JSON),
        (b"[]", JSON),
        (b'{"resourceSpans": 3}', JSON),
        (b"\xff", JSON),
        (b"{}", "text/plain"),
        (b"", ""),
    ],
)
def test_what_is_no_trace_request_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(InvalidInput):
        decode(body, content_type=kind)


@pytest.mark.parametrize(
    "value",
    [{"intValue": "many"}, {"intValue": str(2**63)}, {"bytesValue": "%"}, {"doubleValue": "x"}],
)
def test_a_json_value_that_is_none_spoils_its_span_alone(value: dict[str, Any]) -> None:
    (span,) = read_json(as_json([{"key": "k", "value": value}]))
    assert span.fault


@pytest.mark.parametrize("time", [-1, 2**64, "soon"])
def test_a_time_out_of_range_spoils_its_span_alone(time: object) -> None:
    (span,) = read_json(as_json([], startTimeUnixNano=time))
    assert span.fault


def test_packed_bodies_are_unpacked() -> None:
    for encoding, body in (
        ("gzip", gzip.compress(b"abc", mtime=0)),
        ("DEFLATE", zlib.compress(b"abc")),
        ("", b"abc"),
    ):
        assert unpack(body, encoding, limit=3) == b"abc"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000), mtime=0)
    with pytest.raises(TooLarge):
        unpack(bomb, "gzip", limit=1_000)
    with pytest.raises(TooLarge):
        unpack(b"abc", "identity", limit=2)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"abc", mtime=0)[:-4], "gzip"),
        (gzip.compress(b"abc", mtime=0) + b"more", "gzip"),
        (b"abc", "gzip"),
        (b"", "gzip"),
        (b"abc", "br"),
    ],
)
def test_damaged_bodies_are_refused(body: bytes, encoding: str) -> None:
    with pytest.raises(InvalidInput):
        unpack(body, encoding, limit=1_000)


@given(body=st.binary(max_size=300), kind=st.sampled_from([PROTOBUF, JSON, "gzip"]))
@settings(max_examples=400, deadline=None)
def test_random_bytes_are_read_or_refused_and_nothing_else(body: bytes, kind: str) -> None:
    try:
        found = unpack(body, "gzip", limit=1_000) if kind == "gzip" else decode(body, content_type=kind)
    except InvalidInput:
        return
    assert len(found) <= 1_000


VALID = {
    PROTOBUF: protobuf({"gen_ai.operation.name": "chat", "n": 3, "l": [1, {"a": b"b"}]}),
    JSON: json.dumps(
        as_json([{"key": "k", "value": {"arrayValue": {"values": [{"intValue": "1"}]}}}])
    ).encode(),
}


@pytest.mark.long
@given(
    kind=st.sampled_from([PROTOBUF, JSON]),
    changes=st.lists(
        st.tuples(st.integers(0, 500), st.integers(0, 3), st.binary(max_size=4)), min_size=1, max_size=4
    ),
)
@settings(max_examples=600, deadline=None)
def test_mutated_requests_are_read_or_refused_and_nothing_else(
    kind: str, changes: list[tuple[int, int, bytes]]
) -> None:
    body = VALID[kind]
    for place, cut, put in changes:
        at = place % (len(body) + 1)
        body = body[:at] + put + body[at + cut :]
    try:
        found = decode(body, content_type=kind)
    except InvalidInput:
        return
    assert all(isinstance(span, RawSpan) for span in found)
