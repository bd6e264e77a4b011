"""Ids that hold personal data are hidden like texts, and what was joined by them still is."""

import json
from collections.abc import Iterator

import httpx2
import pytest

from upspiral.app import App
from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio
ANNA = "anna@example.com"
CANARIES = (ANNA, "example.com", "+14155552671", "4155552671")


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider() as fake:
        yield fake


def _stored(app: App) -> bytes:
    files = sorted(app.settings.data.glob("upspiral.db*"))
    return b"".join(file.read_bytes() for file in files)


async def _send(api: httpx2.AsyncClient) -> None:
    record = {
        "id": f"id-{ANNA}",
        "agent": ANNA,
        "model": f"tuned-for-{ANNA}",
        "conversation": "whatsapp:+14155552671",
        "client_id": f"client-{ANNA}",
        "trace": f"trace-{ANNA}",
        "end_user": ANNA,
        "messages": [{"role": ANNA, "content": "q"}],
        "tool_calls": [{"name": f"mail-{ANNA}"}],
        "metadata": {f"of {ANNA}": "x"},
    }
    assert (await api.post("/api/v1/interactions", json=record)).status_code == 201
    track = {"id": "rec", "agent_id": "r", "content": "x", "workflow_id": ANNA}
    assert (await api.post("/api/v1/learning/recommendations/track", json=track)).status_code == 201
    verdict = {"recommendation_id": "rec", "quality": 80, "alternatives": [ANNA], "dimensions": {ANNA: 80}}
    assert (await api.post("/api/v1/learning/outcomes/evaluate", json=verdict)).status_code == 201


async def test_no_name_reaches_the_disk_in_clear(api: httpx2.AsyncClient, app: App) -> None:
    await _send(api)
    early = {"conversation": f"later-{ANNA}", "thumbs": "up", "rater": ANNA, "id": f"fb-{ANNA}"}
    assert (await api.post("/api/v1/feedback", json=early)).status_code == 201
    span = {
        "traceId": "a" * 32,
        "spanId": "b" * 16,
        "name": f"call of {ANNA}",
        "startTimeUnixNano": "1767225600000000000",
        "attributes": [
            {"key": ANNA, "value": {"stringValue": ANNA}},
            {"key": "session.id", "value": {"stringValue": ANNA}},
        ],
    }
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    assert (await api.post("/v1/traces", json=body)).status_code == 200
    kept = _stored(app)
    assert b"[email:" in kept
    assert [one for one in CANARIES if one.encode() in kept] == []


async def test_what_is_asked_for_by_the_name_that_was_sent_is_found(api: httpx2.AsyncClient) -> None:
    await _send(api)
    for name, value in (
        ("conversation", "whatsapp:+14155552671"),
        ("client_id", f"client-{ANNA}"),
        ("trace", f"trace-{ANNA}"),
        ("end_user", ANNA),
        ("agent", ANNA),
    ):
        found = (await api.get("/api/v1/interactions", params={name: value})).json()["items"]
        assert len(found) == 1, name
    assert (await api.get(f"/api/v1/interactions/id-{ANNA}")).status_code == 200
    given = {"conversation": "whatsapp:+14155552671", "thumbs": "down", "comment": "no"}
    said = await api.post("/api/v1/feedback", json=given)
    assert (said.status_code, said.json()["waiting"]) == (201, [])
    said = await api.post("/api/v1/feedback", json={"interaction": f"id-{ANNA}", "thumbs": "down"})
    assert said.status_code == 201
    outcome = (await api.get(f"/api/v1/interactions/id-{ANNA}")).json()["outcome"]
    assert outcome["status"] == "failure"
    flow = {"workflow_id": ANNA, "overall_quality_score": 90}
    assert (await api.post("/api/v1/learning/workflows/evaluate", json=flow)).json()["recommendations"] == [
        "rec"
    ]
    erased = await api.post("/api/v1/erasures", json={"conversation": "whatsapp:+14155552671"})
    assert erased.json()["interactions"] == 1


async def test_turns_of_the_gateway_keep_their_conversation(
    api: httpx2.AsyncClient, provider: FakeProvider
) -> None:
    body = {"name": "support", "model": {"model": "openai-compatible:gpt", "url": provider.url}}
    assert (await api.post("/api/v1/agents", json=body)).status_code == 201
    talk = {"x-conversation-id": f"talk of {ANNA}"}
    for _ in range(2):
        asked = {"model": "support", "messages": [{"role": "user", "content": "Hi"}]}
        assert (await api.post("/v1/chat/completions", json=asked, headers=talk)).status_code == 200
    found = (await api.get("/api/v1/interactions", params={"conversation": f"talk of {ANNA}"})).json()[
        "items"
    ]
    assert len({one["conversation"] for one in found}) == 1
    assert len(found) == 2
    assert ANNA not in json.dumps(found)
