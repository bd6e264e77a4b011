"""Records come in, are listed, searched and imported."""

from pathlib import Path

import httpx2
import pytest
from tests.server.routes.sent import record

from upspiral.app import App
from upspiral.client import Upspiral as Client
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.server.app import create_app
from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio


async def test_a_batch_is_recorded_and_each_id_is_kept_once(api: httpx2.AsyncClient, app: App) -> None:
    body = {"interactions": [record(id=f"mine-{n % 40}") for n in range(80)]}
    answer = await api.post("/api/v1/interactions", json=body)
    assert answer.status_code == 201, answer.text
    assert app.runtime.store.interactions.total(DEFAULT_WORKSPACE) == 40


async def test_pages_follow_each_other_without_gap_or_repetition(api: httpx2.AsyncClient) -> None:
    await api.post("/api/v1/interactions", json={"interactions": [record(id=f"i{n}") for n in range(25)]})
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
    await api.post("/api/v1/interactions", json={"interactions": [record(id=f"i{n}") for n in range(3)]})
    await api.post("/api/v1/feedback", json={"interaction": "i1", "thumbs": "down"})
    found = {}
    for status in ("success", "failure", "unknown"):
        page = (await api.get("/api/v1/interactions", params={"status": status})).json()
        found[status] = sorted(one["id"] for one in page["items"])
    assert found == {"success": [], "failure": ["i1"], "unknown": ["i0", "i2"]}


async def test_a_person_is_found_by_the_address_that_was_hidden(api: httpx2.AsyncClient, app: App) -> None:
    await api.post("/api/v1/interactions", json=record(id="hers", end_user="anna@shop.example"))
    [kept] = app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)
    assert "anna" not in str(kept.end_user)
    page = (await api.get("/api/v1/interactions", params={"end_user": "anna@shop.example"})).json()
    assert [one["id"] for one in page["items"]] == ["hers"]
    erased = (await api.post("/api/v1/erasures", json={"end_user": "anna@shop.example"})).json()
    assert erased["interactions"] == 1


async def test_past_questions_are_found_by_likeness(api: httpx2.AsyncClient) -> None:
    said = ("Where is my parcel?", "How do I cancel the contract?", "Is the lamp in stock?")
    records = [record(id=f"i{n}", messages=[{"role": "user", "content": q}]) for n, q in enumerate(said)]
    await api.post("/api/v1/interactions", json={"interactions": records})
    found = (await api.get("/api/v1/interactions/search", params={"text": "cancel contract"})).json()
    assert found["items"][0]["interaction"]["id"] == "i1"


@pytest.mark.process
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
                await api.post("/api/v1/interactions", json=record(id="i1"))
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
