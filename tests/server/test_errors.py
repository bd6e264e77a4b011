"""Errors say whose turn it is: the caller's, or the server's and when to come again."""

from collections.abc import Callable

import httpx2
import pytest

from upspiral.app import App
from upspiral.errors import StoreError
from upspiral.store.repositories.interactions import Interactions

pytestmark = pytest.mark.anyio
ONE = {"agent": "a", "messages": [{"role": "user", "content": "q"}]}


def _fails(error: BaseException) -> Callable[..., object]:
    def fail(*_: object, **__: object) -> object:
        raise error

    return fail


async def test_a_store_that_cannot_be_used_is_503_and_says_when_to_come_again(
    api: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "postgresql://anna@db.internal/upspiral"
    made = await api.post("/api/v1/keys", json={"name": "app", "scopes": ["ingest"]})
    mine = {"authorization": f"Bearer {made.json()['key']}"}
    broken = StoreError("The store cannot be used.", detail=secret)
    monkeypatch.setattr(Interactions, "add_new", _fails(broken))
    said = await api.post("/api/v1/interactions", json=ONE, headers=mine)
    assert (said.status_code, said.headers["retry-after"]) == (503, "5")
    assert "internal" not in said.text


async def test_too_little_memory_is_the_servers_fault(
    api: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    monkeypatch.setattr(json, "loads", _fails(MemoryError()))
    said = await api.post("/api/v1/interactions", content=b"{}", headers={"content-type": "application/json"})
    assert said.status_code == 503
    assert "retry-after" in said.headers


async def test_a_batch_names_the_record_and_the_field(api: httpx2.AsyncClient) -> None:
    cases = {
        "interactions.1.messages": {"interactions": [ONE, {**ONE, "messages": []}]},
        "interactions.2.latency_ms": {"interactions": [ONE, ONE, {**ONE, "latency_ms": "abc"}]},
        "feedback.0.rating": {"feedback": [{"conversation": "c", "rating": 9}]},
    }
    for field, body in cases.items():
        said = await api.post(f"/api/v1/{field.split('.')[0]}", json=body)
        assert said.status_code in {207, 422}
        assert said.json()["refused"][0]["title"].startswith(f"{field}: "), said.text


async def test_health_tells_of_damage_and_of_rows_left_out(api: httpx2.AsyncClient, app: App) -> None:
    said = (await api.get("/health")).json()
    assert (said["status"], said["problems"]) == ("ok", [])
    app.runtime.store.database.damage.append("a page is broken")
    app.runtime.store.database.unreadable["interactions"].add("default/1")
    said = (await api.get("/health")).json()
    assert said["status"] == "degraded"
    assert said["problems"] == [
        "The store is damaged: a page is broken.",
        "1 rows of the store cannot be read and were left out; see the log.",
    ]
