"""Left to the policy, requests go to whoever does them well; every choice is kept with its chance."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from upspiral.app import App
from upspiral.config import load
from upspiral.server.app import create_app
from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio
HI = [{"role": "user", "content": "Hi"}]


@pytest.fixture
async def api(app: App) -> AsyncIterator[httpx2.AsyncClient]:
    key = (app.settings.data / "key").read_text().strip()
    transport = httpx2.ASGITransport(create_app(app), raise_app_exceptions=False)
    mine = {"authorization": f"Bearer {key}"}
    with FakeProvider(lambda _: "good") as good, FakeProvider(lambda _: "bad") as bad:
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", headers=mine
        ) as client:
            for name, provider in (("able", good), ("clumsy", bad)):
                model = {"model": "openai-compatible:gpt", "url": provider.url}
                made = await client.post("/api/v1/agents", json={"name": name, "model": model})
                assert made.status_code == 201, made.text
            yield client


async def _ask(api: httpx2.AsyncClient, number: int, **more: Any) -> tuple[str, str]:
    body = {"model": "auto", "messages": HI, "metadata": {"conversation": f"c{number}", **more}}
    answer = await api.post("/v1/chat/completions", json=body)
    assert answer.status_code == 200, answer.text
    said = answer.json()
    return said["id"], said["choices"][0]["message"]["content"]


async def _day(api: httpx2.AsyncClient, app: App, numbers: range) -> float:
    """Let people talk and rate; give the share that was answered by the able agent."""
    signals, able = [], 0
    for number in numbers:
        ident, said = await _ask(api, number)
        signals.append({"interaction": ident, "thumbs": "up" if said == "good" else "down"})
        able += said == "good"
    await api.post("/api/v1/feedback", json={"feedback": signals})
    app.runtime.routers.refresh()
    return able / len(numbers)


@pytest.mark.long
async def test_traffic_moves_to_whom_it_goes_well(api: httpx2.AsyncClient, app: App) -> None:
    first = await _day(api, app, range(60))
    assert 0.2 < first < 0.8
    assert await _day(api, app, range(60, 120)) > 0.9
    chosen = (await api.get("/api/v1/choices", params={"limit": 1000})).json()["items"]
    assert len(chosen) == 120
    assert all(0 < one["probability"] <= 1 and one["reason"] for one in chosen)
    shown = (await api.get("/api/v1/choices/table")).json()
    chances = {one["agent"]: one["probability"] for one in shown["agents"]}
    assert chances["able"] > 0.95
    assert shown["settled"] == 120


async def test_every_turn_of_a_conversation_gets_the_same_agent(api: httpx2.AsyncClient, app: App) -> None:
    for number in range(8):
        assert len({(await _ask(api, number))[1] for _ in range(3)}) == 1


async def test_a_named_agent_is_not_routed(api: httpx2.AsyncClient) -> None:
    await api.post("/v1/chat/completions", json={"model": "able", "messages": HI})
    assert (await api.get("/api/v1/choices")).json()["items"] == []


@pytest.mark.long
async def test_what_if_refuses_without_enough_evidence_and_answers_with_it(
    api: httpx2.AsyncClient, app: App
) -> None:
    path = "/api/v1/choices/what-if"
    early = (await api.get(path, params={"policy": "fixed"})).json()
    assert early["refusal"]["reason"]
    for start in range(0, 700, 350):
        await _day(api, app, range(start, start + 350))
    seen = (await api.get(path, params={"policy": "thompson"})).json()
    assert seen["judged_on"] == 350
    one = seen["value"]["doubly_robust"]
    assert one["low"] <= one["value"] <= one["high"]
    assert one["value"] > 0.9


async def test_no_agents_is_told(app: App) -> None:
    key = (app.settings.data / "key").read_text().strip()
    transport = httpx2.ASGITransport(create_app(app), raise_app_exceptions=False)
    mine = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=mine) as api:
        answer = await api.post("/v1/chat/completions", json={"model": "auto", "messages": HI})
    assert answer.status_code == 404
    assert "No agent may answer" in answer.text


async def test_a_choice_and_a_domain_are_explained_in_words(api: httpx2.AsyncClient, app: App) -> None:
    await _day(api, app, range(40))
    ident, said = await _ask(api, 99)
    told = (await api.get(f"/api/v1/choices/{ident}")).json()
    name = "able" if said == "good" else "clumsy"
    assert told["choice"]["agent"] == told["now"]["agent"] == name
    assert f"{name} answered {ident} in all: thompson chose it with a chance of" in told["words"]
    assert told["now"]["numbers"]["low"] < told["now"]["numbers"]["mean"]
    seen = (await api.get("/api/v1/choices/explain", params={"domain": "law"})).json()
    assert [one["agent"] for one in seen["agents"]] == ["able", "clumsy"]
    assert ": it succeeds" in seen["agents"][0]["words"]
    assert seen["cascade"] == {"depth": 2, "tuned": 2, "threshold": 0.7}
    assert seen["floor"]["share"] == pytest.approx(0.004)
    assert 0 < seen["floor"]["loss"] < 0.002
    assert ", of which 0.20% so that a change is noticed" in seen["agents"][0]["words"]
    assert (await api.get("/api/v1/choices/int_none")).status_code == 404


async def test_profiles_go_out_and_come_in_as_the_documents_json(api: httpx2.AsyncClient, app: App) -> None:
    await _day(api, app, range(10))
    mine = (await api.get("/api/v1/profiles")).json()
    assert sum(one["total_queries"] for one in mine.values()) == 10
    file = {**mine, "gpt": {"total_queries": 100, "successful_queries": 85, "calls": 7}}
    for _ in range(2):
        seen = (await api.put("/api/v1/profiles", json=file)).json()
        assert seen["gpt"]["accuracy"] == 0.85
        assert {name: seen[name] for name in mine} == mine
    app.runtime.routers._made.clear()
    assert (await api.get("/api/v1/profiles")).json() == seen
    refused = await api.put("/api/v1/profiles", content=b"[]")
    assert refused.status_code == 422
    assert "cannot be read" in refused.text


async def test_the_metrics_file_is_kept_up_to_date_without_any_routing(tmp_path: Path) -> None:
    file = tmp_path / "metrics.json"
    for total in (1, 2):
        with App(load(data=tmp_path / "data", route={"metrics_file": file})) as app:
            key = (app.settings.data / "key").read_text().strip()
            transport = httpx2.ASGITransport(create_app(app), raise_app_exceptions=False)
            mine = {"authorization": f"Bearer {key}"}
            async with httpx2.AsyncClient(
                transport=transport, base_url="http://127.0.0.1", headers=mine
            ) as api:
                run = {"agent": "a", "messages": HI, "answer": "x", "metadata": {"models": "gpt,claude"}}
                made = await api.post("/api/v1/interactions", json=run)
                assert made.status_code == 201, made.text
                ident = made.json()["id"]
                await api.post("/api/v1/feedback", json={"interaction": ident, "score": 1.0})
            app.runtime.routers.refresh()
        said = json.loads(file.read_text())
        assert {name: one["total_queries"] for name, one in said.items()} == {"gpt": total, "claude": total}


async def test_speed_is_asked_for_by_metadata_or_by_the_setting(api: httpx2.AsyncClient, app: App) -> None:
    await _day(api, app, range(20))
    await _ask(api, 500, speed="true")
    assert app.runtime.routers.get(app.workspace).is_ready(True)
    seen = (await api.get("/api/v1/choices/explain", params={"speed": True})).json()
    price = {one["agent"]: one["numbers"]["price"] for one in seen["agents"]}
    calm = (await api.get("/api/v1/choices/explain")).json()
    usual = {one["agent"]: one["numbers"]["price"] for one in calm["agents"]}
    assert all(price[name] == pytest.approx(10 * usual[name]) for name in price)
    assert max(price.values()) == pytest.approx(0.1)
