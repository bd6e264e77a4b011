"""A fifth of the users vote together against one agent, through the public door and at honest volume."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest

from upspiral.app import App
from upspiral.config import load
from upspiral.server.app import create_app

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]
RATES = {"anna": 0.92, "bruno": 0.8, "carla": 0.65}
USERS, EACH, TURNS = 48, 40, 640
TARGET = [f"t{n}" for n in range(0, 3 * EACH, 3)]
"""Answers of the best agent, all of which the colluders call bad."""
Vote = dict[str, Any]


@asynccontextmanager
async def _door(folder: Path) -> AsyncIterator[tuple[App, httpx2.AsyncClient]]:
    with App(load(data=folder, server={"per_minute": None})) as app:
        mine = {"authorization": f"Bearer {(folder / 'key').read_text().strip()}"}
        transport = httpx2.ASGITransport(create_app(app))
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=mine) as api:
            yield app, api


def _agent(turn: int) -> str:
    return sorted(RATES)[turn % 3]


def _honest() -> list[Vote]:
    rng = Random(7)
    good = {turn: rng.random() < RATES[_agent(turn)] for turn in range(TURNS)}
    said = []
    for user in range(USERS):
        skill = 0.75 + 0.2 * rng.random()
        for turn in rng.sample(range(TURNS), EACH):
            right = rng.random() < skill
            said.append(
                {
                    "interaction": f"t{turn}",
                    "thumbs": "up" if good[turn] == right else "down",
                    "rater": f"u{user}",
                }
            )
    return said


def _colluding() -> list[Vote]:
    return [
        {"interaction": t, "thumbs": "down", "rater": f"crook{n}"} for n in range(USERS // 4) for t in TARGET
    ]


async def _live(api: httpx2.AsyncClient, votes: list[Vote]) -> None:
    turns = [
        {
            "id": f"t{n}",
            "agent": _agent(n),
            "messages": [{"role": "user", "content": "Hi"}],
            "answer": "Hello",
        }
        for n in range(TURNS)
    ]
    assert (await api.post("/api/v1/interactions", json={"interactions": turns})).status_code == 201
    for start in range(0, len(votes), 1000):
        said = await api.post("/api/v1/feedback", json={"feedback": votes[start : start + 1000]})
        assert said.status_code == 201, said.text


async def _standing(api: httpx2.AsyncClient) -> dict[str, tuple[float, float]]:
    """Give each agent's success rate and trust, in points."""
    rates = {row["key"]: row["rate"] for row in (await api.get("/api/v1/metrics/agents")).json()["items"]}
    found = {}
    for name in RATES:
        trust = (await api.get(f"/api/v1/learning/trust-scores/{name}")).json()
        found[name] = (100 * rates[name], 100 * trust["overall_trust_score"])
    return found


def _moved(one: dict[str, tuple[float, float]], other: dict[str, tuple[float, float]]) -> float:
    return max(abs(a - b) for name in RATES for a, b in zip(one[name], other[name], strict=True))


async def test_no_agent_moves_by_more_than_five_points_and_the_bloc_is_named(tmp_path: Path) -> None:
    async with _door(tmp_path / "honest") as (app, api):
        await _live(api, _honest())
        app.weigh()
        fair = await _standing(api)
    async with _door(tmp_path / "crooked") as (app, api):
        await _live(api, _honest() + _colluding())
        fooled = await _standing(api)
        done = app.weigh()
        weighed = await _standing(api)
        told = (await api.get(f"/api/v1/interactions/{TARGET[0]}/outcome")).json()
        raters = (await api.get("/api/v1/raters", params={"below": 0.05, "limit": 1000})).json()["items"]
    assert done.silent == USERS // 4
    assert {one["voice"] for one in raters} == {f"user:crook{n}" for n in range(USERS // 4)}
    assert _moved(fair, fooled) > 8  # the attack would have worked
    assert _moved(fair, weighed) <= 5
    crook = next(one for one in told["signals"] if one["signal"]["rater"] == "crook0")
    assert crook["weight"] == 0
    assert "crook1" in crook["reason"]
    assert "crook0 0" in told["effect"]["words"]
