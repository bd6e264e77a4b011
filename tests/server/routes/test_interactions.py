"""The ways in: traces, native records, feedback by any key, imports; redacted before they are stored."""

import asyncio
import gzip
import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from upspiral.app import App
from upspiral.client import Upspiral as Client
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.server.app import create_app
from upspiral.testing import FakeProvider

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
        (gzip.compress(b"\0" * 30_000_000), PROTOBUF | {"content-encoding": "gzip"}, 413),
    ],
)
async def test_a_bad_trace_is_refused_in_words(
    api: httpx2.AsyncClient, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = await api.post("/v1/traces", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.json()["title"]


def _record(**more: Any) -> dict[str, Any]:
    return {"agent": "support", "messages": [{"role": "user", "content": "Hi"}], "answer": "Hello", **more}


async def test_a_batch_is_recorded_and_each_id_is_kept_once(api: httpx2.AsyncClient, app: App) -> None:
    body = {"interactions": [_record(id=f"mine-{n % 40}") for n in range(80)]}
    answer = await api.post("/api/v1/interactions", json=body)
    assert answer.status_code == 201, answer.text
    assert app.runtime.store.interactions.total(DEFAULT_WORKSPACE) == 40


async def test_pages_follow_each_other_without_gap_or_repetition(api: httpx2.AsyncClient) -> None:
    await api.post("/api/v1/interactions", json={"interactions": [_record(id=f"i{n}") for n in range(25)]})
    seen: list[str] = []
    after = None
    while True:
        query = {"limit": "10", "agent": "support", **({"after": after} if after else {})}
        page = (await api.get("/api/v1/interactions", params=query)).json()
        seen += [one["id"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == sorted(f"i{n}" for n in range(25))
    assert (await api.get("/api/v1/interactions", params={"after": "nonsense"})).status_code == 422


async def test_interactions_are_filtered_by_how_they_went(api: httpx2.AsyncClient) -> None:
    await api.post("/api/v1/interactions", json={"interactions": [_record(id=f"i{n}") for n in range(3)]})
    await api.post("/api/v1/feedback", json={"interaction": "i1", "thumbs": "down"})
    found = {}
    for status in ("success", "failure", "unknown"):
        page = (await api.get("/api/v1/interactions", params={"status": status})).json()
        found[status] = sorted(one["id"] for one in page["items"])
    assert found == {"success": [], "failure": ["i1"], "unknown": ["i0", "i2"]}


async def test_a_person_is_found_by_the_address_that_was_hidden(api: httpx2.AsyncClient, app: App) -> None:
    await api.post("/api/v1/interactions", json=_record(id="hers", end_user="anna@shop.example"))
    [kept] = app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)
    assert "anna" not in str(kept.end_user)
    page = (await api.get("/api/v1/interactions", params={"end_user": "anna@shop.example"})).json()
    assert [one["id"] for one in page["items"]] == ["hers"]
    erased = (await api.post("/api/v1/erasures", json={"end_user": "anna@shop.example"})).json()
    assert erased["interactions"] == 1


async def test_feedback_by_trace_may_come_first(api: httpx2.AsyncClient, app: App) -> None:
    said = (await api.post("/api/v1/feedback", json={"trace": "t9", "thumbs": "down"})).json()
    assert said["waiting"] == said["feedback"]
    await api.post("/api/v1/interactions", json=_record(id="late", trace="t9"))
    assert app.join_early() == 1
    shown = (await api.get("/api/v1/interactions/late")).json()
    assert shown["outcome"]["status"] == "failure"


async def test_a_response_and_its_rating_come_together(api: httpx2.AsyncClient) -> None:
    body = {"responseId": "r1", "modelId": "gpt", "query": "Hi", "response": "Hello", "rating": 5}
    answer = await api.post("/api/analytics/response-quality/response", json=body)
    assert answer.json()["outcome"]["status"] == "success", answer.text
    again = {"responseId": "r1", "thumbs": "down", "labels": ["wrong"], "comment": "No.", "userId": "ben"}
    rated = await api.post("/api/analytics/response-quality/feedback", json=again)
    assert rated.status_code == 201, rated.text
    assert len((await api.get("/api/v1/feedback", params={"interaction": "r1"})).json()["items"]) == 2


async def test_many_labels_that_are_each_allowed_are_kept_as_one_that_can_be_stored(
    api: httpx2.AsyncClient,
) -> None:
    body = {"responseId": "r9", "modelId": "gpt", "query": "Hi", "response": "Hello"}
    labels = ["😀" * 100] * 20
    said = await api.post("/api/analytics/response-quality/response", json=body | {"labels": labels})
    assert said.status_code == 201, said.text


async def test_a_recommendation_is_tracked_and_its_outcome_decides(api: httpx2.AsyncClient) -> None:
    body = {
        "agent_id": "STRAT-01",
        "agent_name": "MoveArchitect",
        "recommendation_type": "strategy",
        "recommendation_content": {"channels": ["linkedin"]},
        "confidence_score": 0.85,
        "workflow_id": "move_123",
    }
    made = (await api.post("/api/v1/learning/recommendations/track", json=body)).json()
    verdict = {
        "recommendation_id": made["recommendation_id"],
        "status": "approved",
        "overall_quality_score": 87.5,
        "quality_scores": {"accuracy": 90},
    }
    told = (await api.post("/api/v1/learning/outcomes/evaluate", json=verdict)).json()
    assert told["outcome"]["status"] == "success"
    path = f"/api/v1/learning/recommendations/{made['recommendation_id']}"
    shown = (await api.get(path)).json()
    assert (shown["type"], shown["confidence"]) == ("strategy", 0.85)
    assert shown["content"] == {"channels": ["linkedin"]}
    assert (shown["feedback"][0]["quality"], shown["feedback"][0]["dimensions"]) == (87.5, {"accuracy": 90})
    listed = (await api.get("/api/v1/learning/recommendations/agent/STRAT-01")).json()
    [one] = listed["items"]
    assert one == {name: shown[name] for name in shown if name != "feedback"}
    assert one["outcome"]["status"] == "success"


async def test_past_questions_are_found_by_likeness(api: httpx2.AsyncClient) -> None:
    said = ("Where is my parcel?", "How do I cancel the contract?", "Is the lamp in stock?")
    records = [_record(id=f"i{n}", messages=[{"role": "user", "content": q}]) for n, q in enumerate(said)]
    await api.post("/api/v1/interactions", json={"interactions": records})
    found = (await api.get("/api/v1/interactions/search", params={"text": "cancel contract"})).json()
    assert found["items"][0]["interaction"]["id"] == "i1"


async def test_an_embedding_endpoint_replaces_words_where_one_is_set(tmp_path: Path) -> None:
    with FakeProvider() as provider:
        settings = load(data=tmp_path / "data", analyze={"embeddings_url": provider.url})
        with App(settings) as app:
            key = (settings.data / "key").read_text().strip()
            transport = httpx2.ASGITransport(create_app(app), raise_app_exceptions=False)
            mine = {"authorization": f"Bearer {key}"}
            async with httpx2.AsyncClient(
                transport=transport, base_url="http://127.0.0.1", headers=mine
            ) as api:
                await api.post("/api/v1/interactions", json=_record(id="i1"))
                found = (await api.get("/api/v1/interactions/search", params={"text": "Bonjour"})).json()
        assert [one["interaction"]["id"] for one in found["items"]] == ["i1"]  # all its vectors are the same
        assert provider.bodies[-1]["input"] == ["Bonjour"]


async def test_an_export_of_another_tool_is_imported(api: httpx2.AsyncClient) -> None:
    line = (
        '{"id":"gen1","type":"GENERATION","traceId":"t1","model":"gpt-x","startTime":"2026-01-05T12:00:00Z",'
        '"input":[{"role":"user","content":"Hi"}],"output":{"role":"assistant","content":"Hello"}}'
    )
    body = {"lines": [line, "{"], "format": "langfuse"}
    done = (await api.post("/api/v1/interactions/import", json=body)).json()
    assert (done["recorded"], len(done["bad"])) == (1, 1), done


async def test_the_client_library_and_the_server_understand_each_other(app: App) -> None:
    key = (app.settings.data / "key").read_text().strip()
    with Client.in_process(create_app(app), key=key, agent="support") as client:
        ident = client.record([{"role": "user", "content": "Hi"}], "Hello", model="gpt")
        client.feedback(interaction_id=ident, thumbs="up")
        with client.task("refund") as task, task.tool("search", {"order": 7}):
            pass
        recommended = client.track_recommendation(
            agent_id="STRAT-01", agent_name="M", type="strategy", content={"a": 1}, confidence=0.8
        )
        client.evaluate_outcome(recommended, status="approved", quality=90)
        assert client.flush(20)
        assert client.dropped == 0
    store = app.runtime.store
    kept = store.interactions.get(DEFAULT_WORKSPACE, str(ident))
    assert store.outcomes.of(DEFAULT_WORKSPACE, [kept.id])[kept.id].status == "success"
    app.join_early()
    outcome = store.outcomes.many(DEFAULT_WORKSPACE, [str(recommended)])
    assert [one.status for one in outcome] == ["success"]
    assert len(store.interactions.latest(DEFAULT_WORKSPACE)) == 3


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
