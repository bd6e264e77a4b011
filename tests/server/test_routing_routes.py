"""Left to the policy, requests go to whoever does them well; every choice is kept with its chance."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from upspiral.app import Upspiral
from upspiral.server.app import create_app
from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio
HI = [{"role": "user", "content": "Hi"}]


@pytest.fixture
async def api(spiral: Upspiral) -> AsyncIterator[httpx2.AsyncClient]:
    key = (spiral.settings.data / "key").read_text().strip()
    transport = httpx2.ASGITransport(create_app(spiral), raise_app_exceptions=False)
    mine = {"authorization": f"Bearer {key}"}
    with FakeProvider(lambda _: "good") as good, FakeProvider(lambda _: "bad") as bad:
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://testserver", headers=mine
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


async def _day(api: httpx2.AsyncClient, spiral: Upspiral, numbers: range) -> float:
    """Let people talk and rate; give the share that was answered by the able agent."""
    signals, able = [], 0
    for number in numbers:
        ident, said = await _ask(api, number)
        signals.append({"interaction": ident, "thumbs": "up" if said == "good" else "down"})
        able += said == "good"
    await api.post("/api/v1/feedback", json={"feedback": signals})
    spiral.runtime.follow()
    return able / len(numbers)


async def test_traffic_moves_to_whom_it_goes_well(api: httpx2.AsyncClient, spiral: Upspiral) -> None:
    first = await _day(api, spiral, range(60))
    assert 0.2 < first < 0.8
    assert await _day(api, spiral, range(60, 120)) > 0.9
    chosen = (await api.get("/api/v1/choices", params={"limit": 1000})).json()["items"]
    assert len(chosen) == 120
    assert all(0 < one["probability"] <= 1 and one["reason"] for one in chosen)
    shown = (await api.get("/api/v1/choices/table")).json()
    chances = {one["agent"]: one["probability"] for one in shown["agents"]}
    assert chances["able"] > 0.95
    assert shown["settled"] == 120


async def test_every_turn_of_a_conversation_gets_the_same_agent(
    api: httpx2.AsyncClient, spiral: Upspiral
) -> None:
    for number in range(8):
        assert len({(await _ask(api, number))[1] for _ in range(3)}) == 1


async def test_a_named_agent_is_not_routed(api: httpx2.AsyncClient) -> None:
    await api.post("/v1/chat/completions", json={"model": "able", "messages": HI})
    assert (await api.get("/api/v1/choices")).json()["items"] == []


async def test_what_if_refuses_without_enough_evidence_and_answers_with_it(
    api: httpx2.AsyncClient, spiral: Upspiral
) -> None:
    path = "/api/v1/choices/what-if"
    early = (await api.get(path, params={"policy": "fixed"})).json()
    assert early["refusal"]["reason"]
    for start in range(0, 700, 350):
        await _day(api, spiral, range(start, start + 350))
    seen = (await api.get(path, params={"policy": "thompson"})).json()
    assert seen["judged_on"] == 350
    one = seen["value"]["doubly_robust"]
    assert one["low"] <= one["value"] <= one["high"]
    assert one["value"] > 0.9


async def test_no_agents_is_told(spiral: Upspiral) -> None:
    key = (spiral.settings.data / "key").read_text().strip()
    transport = httpx2.ASGITransport(create_app(spiral), raise_app_exceptions=False)
    mine = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver", headers=mine) as api:
        answer = await api.post("/v1/chat/completions", json={"model": "auto", "messages": HI})
    assert answer.status_code == 404
    assert "No agent may answer" in answer.text
