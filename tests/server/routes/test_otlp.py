"""Traces come in by OTLP."""

import asyncio
import gzip
import json
import time
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from upspiral.app import App
from upspiral.domain.ids import DEFAULT_WORKSPACE

pytestmark = pytest.mark.anyio


def _payload(count: int = 1, *, broken: int = 0) -> bytes:
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add()
    for number in range(count + broken):
        span = spans.spans.add()
        span.trace_id = b"" if number >= count else number.to_bytes(16, "big", signed=False)[:-1] + b"\x01"
        span.span_id = (number + 1).to_bytes(8, "big")
        span.name = "chat"
        span.start_time_unix_nano, span.end_time_unix_nano = 1_760_000_000 * 10**9, 1_760_000_001 * 10**9
        for name, value in (
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.request.model", "gpt-test"),
            ("gen_ai.agent.name", "support"),
            (
                "gen_ai.input.messages",
                '[{"role":"user","parts":[{"type":"text","content":"I am a@b.example"}]}]',
            ),
        ):
            attribute = span.attributes.add()
            attribute.key, attribute.value.string_value = name, value
    return bytes(request.SerializeToString())


PROTOBUF = {"content-type": "application/x-protobuf"}


async def test_a_trace_is_recorded_once_and_hides_the_address(api: httpx2.AsyncClient, app: App) -> None:
    for _ in range(2):
        answer = await api.post("/v1/traces", content=_payload(), headers=PROTOBUF)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/x-protobuf"
    [kept] = app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)
    assert kept.agent == "support"
    assert "a@b.example" not in kept.question
    assert "[email:" in kept.question


async def test_what_cannot_be_used_is_a_partial_success(api: httpx2.AsyncClient, app: App) -> None:
    body = gzip.compress(_payload(3, broken=2))
    answer = await api.post("/v1/traces", content=body, headers=PROTOBUF | {"content-encoding": "gzip"})
    said = ExportTraceServiceResponse.FromString(answer.content)
    assert said.partial_success.rejected_spans == 2
    assert app.runtime.store.interactions.total(DEFAULT_WORKSPACE) > 0


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"\xff" * 50, PROTOBUF, 422),
        (b"{", {"content-type": "application/json"}, 422),
        (b"", {"content-type": "text/plain"}, 422),
        (b"no gzip", PROTOBUF | {"content-encoding": "gzip"}, 422),
        (gzip.compress(b"\0" * 30_000_000, mtime=0), PROTOBUF | {"content-encoding": "gzip"}, 413),
    ],
)
async def test_a_bad_trace_is_refused_in_words(
    api: httpx2.AsyncClient, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await api.post("/v1/traces", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["title"]


@pytest.mark.long
@pytest.mark.parametrize("url", ["/api/v1/interactions", "/api/v1/feedback", "/v1/traces"])
async def test_other_requests_go_on_while_a_long_text_is_looked_at(api: httpx2.AsyncClient, url: str) -> None:
    text, ticks = "+1 415 555 2671 " * 20_000, 0
    bodies: dict[str, Any] = {
        "/api/v1/interactions": {"agent": "a", "messages": [{"role": "user", "content": text}]},
        "/api/v1/feedback": {"trace": "t", "comment": text},
        "/v1/traces": {
            "resourceSpans": [{"scopeSpans": [{"spans": [_json_span(text) for _ in range(300)]}]}]
        },
    }
    sending = asyncio.ensure_future(api.post(url, json=bodies[url]))
    began = time.perf_counter()
    while not sending.done():
        await asyncio.sleep(0.01)
        ticks += 1
    assert (await sending).status_code in {200, 201}
    assert ticks > 5 * (time.perf_counter() - began)  # no single wait took most of the time


def _json_span(text: str) -> dict[str, Any]:
    said = json.dumps([{"role": "user", "parts": [{"type": "text", "content": text[:4000]}]}])
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.input.messages": said}
    return {
        "traceId": uuid4().hex,
        "spanId": uuid4().hex[:16],
        "startTimeUnixNano": "1760000000000000000",
        "endTimeUnixNano": "1760000001000000000",
        "attributes": [{"key": key, "value": {"stringValue": one}} for key, one in attributes.items()],
    }


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("/api/v1/interactions", {"agent": "a", "messages": [{"role": "user", "content": "packed"}]}),
        ("/v1/traces", {"resourceSpans": []}),
    ],
)
async def test_a_packed_body_is_unpacked_within_its_limit(
    api: httpx2.AsyncClient, url: str, body: dict[str, Any]
) -> None:
    packed = {"content-encoding": "gzip", "content-type": "application/json"}
    answer = await api.post(url, content=gzip.compress(json.dumps(body).encode()), headers=packed)
    assert answer.status_code in {200, 201}, answer.text
    bomb = await api.post(url, content=gzip.compress(b" " * 30_000_000), headers=packed)
    assert bomb.status_code == 413
    other = await api.post(url, content=b"x", headers=packed | {"content-encoding": "br"})
    assert other.status_code == 422


async def test_empty_spans_and_attributes_are_counted_before_they_are_read(api: httpx2.AsyncClient) -> None:
    for spans in (b",".join([b"{}"] * 900_000), b'{"attributes":[' + b",".join([b"{}"] * 1_100_000) + b"]}"):
        body = b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + spans + b"]}]}]}"
        answer = await api.post("/v1/traces", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 413, answer.text
    span = b"\x12\x00"  # an empty one in a field of a ScopeSpans
    scope = _field(2, span * 900_000)
    answer = await api.post("/v1/traces", content=_field(1, scope), headers=PROTOBUF)
    assert answer.status_code == 413, answer.text


def _field(number: int, inner: bytes) -> bytes:
    size, length = len(inner), b""
    while size > 127:
        length, size = length + bytes([size & 127 | 128]), size >> 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + inner
