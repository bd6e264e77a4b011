"""A candidate answers copies of requests: unseen, on a budget, never where they have effects."""

import asyncio
from typing import Any

import pytest
from tests.conftest import START
from tests.serving.house import HI, House

from upspiral.capture import CaptureSettings, erase
from upspiral.deploy import start_canary
from upspiral.deploy.advance import add_version
from upspiral.domain import Deployment
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, DeploymentId, ErasureId, InteractionId
from upspiral.domain.night.shadow import ShadowAnswer
from upspiral.queries.spending import foresee_spending, sum_nights
from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio
SUPPORT = AgentId("support")
RULE = "Answer in French."
TOOL = {"type": "function", "function": {"name": "refund", "parameters": {"type": "object"}}}


class Bilingual(FakeProvider):
    """Answers in French where it is told to."""

    def say(self, path: str, body: dict[str, Any]) -> str:
        """Answer by the instructions."""
        return "À Paris." if RULE in str(body["messages"]) else "In Paris."


async def _roll_out(house: House, share: float | None = 1.0) -> Bilingual:
    """Make an agent with a canary that gets next to no conversation of its own."""
    provider = house._stack.enter_context(Bilingual())
    model = {"model": "openai-compatible:gpt", "url": provider.url}
    await house.api.post("/api/v1/agents", json={"name": SUPPORT, "model": model})
    if share is not None:
        await house.api.patch(f"/api/v1/agents/{SUPPORT}", json={"shadow_share": share})
    made = await house.api.post(f"/api/v1/agents/{SUPPORT}/versions", json={"rules": [RULE]})
    store = house.app.runtime.store
    version = add_version(store, store.agent_versions.get(DEFAULT_WORKSPACE, made.json()["id"]))
    canary = Deployment(
        id=DeploymentId("dep"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        candidate=version.id,
        stable=store.agents.get(DEFAULT_WORKSPACE, SUPPORT).live,
        share=1e-9,
        started=START,
    )
    start_canary(store, canary)
    return provider


def _rows(house: House) -> list[ShadowAnswer]:
    return house.app.runtime.store.shadow_answers.list_rows(DEFAULT_WORKSPACE)


async def _settle(house: House, n: int) -> list[ShadowAnswer]:
    """Wait until there are as many answers, or a while."""
    for _ in range(200 if n else 10):
        if n and len(_rows(house)) >= n:
            break
        await asyncio.sleep(0.05)
    return _rows(house)


async def test_nobody_answers_a_copy_unless_it_is_wanted(house: House) -> None:
    provider = await _roll_out(house, share=None)
    await house.said(SUPPORT)
    assert await _settle(house, 0) == []
    assert len(provider.calls) == 1
    await house.api.patch(f"/api/v1/agents/{SUPPORT}", json={"shadow_share": 1})
    await house.said(SUPPORT)
    assert len(await _settle(house, 1)) == 1


@pytest.mark.parametrize("stream", [False, True])
async def test_the_candidate_answers_a_copy_that_the_user_never_sees(house: House, stream: bool) -> None:
    provider = await _roll_out(house)
    answer = await house.ask(SUPPORT, stream=stream, temperature=0.5)
    assert "Paris" in answer.text
    assert "À" not in answer.text
    [row] = await _settle(house, 1)
    store = house.app.runtime.store
    turn = store.interactions.get(DEFAULT_WORKSPACE, answer.headers["x-upspiral-interaction"])
    assert (row.answer, row.interaction, row.incumbent) == ("À Paris.", turn.id, turn.version)
    assert row.candidate != row.incumbent
    assert provider.bodies[1]["temperature"] == 0.5
    assert provider.bodies[1]["messages"][-1] == HI[-1]
    assert len(store.interactions.latest(DEFAULT_WORKSPACE)) == 1


async def test_what_copies_take_is_counted_by_itself_and_shown(house: House) -> None:
    await _roll_out(house)
    await house.said(SUPPORT)
    await _settle(house, 1)
    runtime = house.app.runtime
    [spent] = sum_nights(runtime, DEFAULT_WORKSPACE, by="purpose")
    assert (spent.key, spent.calls, spent.used_tokens) == ("shadow", 1, 10)
    outlook = foresee_spending(runtime, runtime.store.agents.get(DEFAULT_WORKSPACE, SUPPORT))
    assert outlook.last is None
    assert outlook.copies
    assert outlook.copies.used_tokens == 10
    shown = (await house.api.get("/api/v1/metrics/spending")).json()["items"]
    assert [one["key"] for one in shown] == ["shadow"]


async def test_a_day_that_has_spent_its_budget_copies_no_more(house: House) -> None:
    provider = await _roll_out(house)
    runtime = house.app.runtime
    limited = runtime.settings.deploy.model_copy(update={"shadow_daily_tokens": 3})
    object.__setattr__(runtime, "settings", runtime.settings.model_copy(update={"deploy": limited}))
    await house.said(SUPPORT)
    assert await _settle(house, 0) == []
    assert len(provider.calls) == 1


WITH_TOOLS: dict[str, Any] = {"tools": [TOOL]}
COPIED = [
    ({}, {}, True),
    ({}, {"x-upspiral-effects": "yes"}, False),
    ({"metadata": {"effects": "yes"}}, {}, False),
    ({"metadata": {"effects": "perhaps"}}, {}, False),
    (WITH_TOOLS, {}, False),
    (WITH_TOOLS, {"x-upspiral-effects": "no"}, True),
    ({**WITH_TOOLS, "metadata": {"effects": "none"}}, {}, True),
    ({"tools": [{**TOOL, "type": "web_search"}]}, {"x-upspiral-effects": "no"}, False),
    ({"web_search_options": {}}, {"x-upspiral-effects": "no"}, False),
]


@pytest.mark.parametrize(("body", "headers", "copied"), COPIED)
async def test_a_request_with_effects_is_never_copied(
    house: House, body: dict[str, Any], headers: dict[str, str], copied: bool
) -> None:
    provider = await _roll_out(house)
    asked = {"model": SUPPORT, "messages": HI, **body}
    answer = await house.api.post("/v1/chat/completions", json=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    rows = await _settle(house, int(copied))
    assert (len(rows), len(provider.calls)) == ((1, 2) if copied else (0, 1))
    assert "effects" not in str(provider.bodies)
    assert all(row.answer == ("" if "tools" in body else "À Paris.") for row in rows)


async def test_a_candidate_that_fails_is_one_pair_less_and_nothing_else(house: House) -> None:
    provider = await _roll_out(house)
    provider.moods[:] = ["ok", "denied"]
    _, said = await house.said(SUPPORT)
    assert said == "In Paris."
    assert await _settle(house, 0) == []


@pytest.mark.long
async def test_who_is_erased_leaves_no_answer_to_a_copy(house: House) -> None:
    await _roll_out(house)
    await house.ask(SUPPORT, user="anna")
    [row] = await _settle(house, 1)
    store = house.app.runtime.store
    turn = store.interactions.get(DEFAULT_WORKSPACE, InteractionId(row.interaction))
    erase(
        store,
        DEFAULT_WORKSPACE,
        end_user=turn.end_user,
        now=START,
        ident=ErasureId("era"),
        settings=CaptureSettings(),
    )
    assert _rows(house) == []
