"""Do the turns of a talk find each other without a header, and never see both arms of a canary?"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec import Struct
from tests.server.conftest import client_of
from tests.server.scripted import ScriptedProvider, whole

from upspiral.app import App
from upspiral.config import load
from upspiral.deploy import pick_arm
from upspiral.domain import Deployment
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, DeploymentId

pytestmark = pytest.mark.anyio
OPENERS = ("Hi", "Where is my parcel?", "I want my money back.", "My lamp is broken.")
"""First messages that many users share."""
MORE = ("And then?", "Why?", "It is order {n}.", "Thanks, and what about {n}?", "No, that is wrong.", "ok")


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    with App(load(data=data), nights=False) as opened:
        yield opened


class Talk(Struct):
    """One simulated talk of one user."""

    name: str
    user: str
    messages: list[dict[str, Any]]


async def _ask(api: httpx2.AsyncClient, talk: Talk, messages: list[dict[str, Any]]) -> str:
    headers = {"x-client-request-id": f"{talk.name}/{random.getrandbits(64):x}"}
    body = {"model": "a", "messages": messages, "user": talk.user}
    said = await api.post("/v1/chat/completions", json=body, headers=headers)
    assert said.status_code == 200, said.text
    return str(said.json()["choices"][0]["message"]["content"])


async def _live(api: httpx2.AsyncClient, talk: Talk, rng: random.Random, turns: int = 5) -> None:
    """Live a talk: turns, now and then one asked again, edited, or gone on with from an earlier one."""
    for turn in range(turns):
        words = rng.choice(OPENERS if turn == 0 else MORE).format(n=rng.randrange(1000))
        asked = [*talk.messages, {"role": "user", "content": words}]
        answer = await _ask(api, talk, asked)
        kind = rng.random()
        if kind < 0.1:  # asked again
            answer = await _ask(api, talk, asked)
        elif kind < 0.2:  # edited
            asked = [*talk.messages, {"role": "user", "content": words + " Please."}]
            answer = await _ask(api, talk, asked)
        elif kind < 0.3 and turn > 1:  # a branch from the first answer
            await _ask(api, talk, [*talk.messages[:2], {"role": "user", "content": "Something else."}])
        talk.messages = [*asked, {"role": "assistant", "content": answer}]


def _deployment(now: datetime) -> Deployment:
    return Deployment(
        id=DeploymentId("d"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("a"),
        candidate=AgentVersionId("v2"),
        stable=AgentVersionId("v1"),
        share=0.1,
        started=now,
    )


@pytest.mark.long
@pytest.mark.parametrize("known", [True, False], ids=["users named", "one key for all"])
async def test_turns_find_their_talk_and_no_talk_sees_both_arms(app: App, known: bool) -> None:
    rng = random.Random(7)
    counts = Counter[str]()

    def reply(body: dict[str, Any]) -> Any:
        counts["n"] += 1  # a model's answers differ, but for short ones
        return whole({"content": rng.choice(["Sure.", f"As to {counts['n']}: done."])})

    talks = [Talk(f"t{n}", f"u{n // 2}" if known else "", []) for n in range(80)]
    with ScriptedProvider() as host:
        host.script = reply
        async with client_of(app) as api:
            model = {"model": "openai-compatible:m", "url": host.url}
            await api.post("/api/v1/agents", json={"name": "a", "model": model})
            for talk in talks:
                await _live(api, talk, rng)
    kept = app.runtime.store.interactions.latest(DEFAULT_WORKSPACE, limit=10_000)
    found: dict[str, list[str]] = defaultdict(list)
    for one in reversed(kept):
        found[(one.client_id or "").partition("/")[0]].append(one.conversation)
    turns = sum(map(len, found.values()))
    right = sum(max(Counter(convs).values()) for convs in found.values())
    owners: dict[str, set[str]] = defaultdict(set)
    for talk_name, convs in found.items():
        for conv in convs:
            owners[conv].add(talk_name)
    merged = sum(len(names) > 1 for names in owners.values())
    assert turns > 400
    assert right / turns >= (
        0.99 if known else 0.9
    )  # without users a first message asked again is a new talk
    if known:
        assert merged / len(owners) <= 0.001
        deployment = _deployment(datetime.now(UTC))
        arms = [{pick_arm(deployment, conv) for conv in convs} for convs in found.values()]
        assert sum(len(seen) > 1 for seen in arms) == 0
