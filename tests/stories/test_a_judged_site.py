"""A site whose answers have no single right wording, and whose users hardly ever say how it went.

A judge compares answers. Its cases are recorded conversations, rated or not: the live version has answered
them already, so that only the candidate is asked. The day, the night and the gate are the real ones.
"""

import asyncio
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest
from tests.conftest import Maker
from tests.stories.test_a_hosted_agent import HANDBOOK, RULE, HostedModel, Proposer, answer
from tests.waiting import until

import shop
from upspiral.admin.agent_changes import AgentChange, change_agent
from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.admin.labels import ask_gate, give_label
from upspiral.app import App
from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.config import load
from upspiral.domain import Cycle, CycleKind, ExampleKind, Message, Split
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, DatasetId, ReportId
from upspiral.queries.labels import list_pairs_to_label
from upspiral.queries.spending import sum_nights
from upspiral.server.app import create_app
from upspiral.testing import FakeProvider

SHOP = AgentId("shop")
CONVERSATIONS, RATED = 900, 0.25
_TEXT = re.compile(r"<(question|answer_a|answer_b) \w+>\n(.*?)\n</\1 ", re.S)


class Judge(FakeProvider):
    """Prefers the answer that is right; where both are or neither is, it is a tie."""

    def say(self, path: str, body: dict[str, Any]) -> str:
        """Write a verdict as it is asked for."""
        texts = dict(_TEXT.findall(body["messages"][-1]["content"]))
        topic = shop.topic_of(texts["question"].removeprefix("user: "))
        first, second = (
            topic is not None and shop.is_right(topic, texts[name]) and len(texts[name]) < 200
            for name in ("answer_a", "answer_b")
        )
        return f"VERDICT: {'TIE' if first == second else 'A' if first else 'B'}"


def _live(app: App, conversations: int) -> None:
    """Let customers ask; one in four says how it went."""
    rng, make = Random(1), Maker()
    make.now = app.runtime.now() - timedelta(hours=2)
    turns, signals = [], []
    for _ in range(conversations):
        topic = rng.choice(shop.TOPICS)
        question = shop.question(topic, rng)
        said = answer(question, knows_all=False)
        turn = make.interaction(
            agent=SHOP,
            messages=(Message("user", question),),
            answer=said,
            version=app.agent(SHOP).live,
        )
        turns.append(turn)
        if rng.random() < RATED:
            signals.append(make.feedback(turn, float(shop.is_right(topic, said))))
    record(app.runtime.store, *turns)
    give_feedback(app.runtime.store, signals, settings=CaptureSettings(), now=app.runtime.now())


@pytest.fixture
def judge() -> Iterator[Judge]:
    with Judge() as running:
        yield running


@pytest.fixture
def app(data: Path, judge: Judge) -> Iterator[App]:
    settings = load(
        data=data,
        cycle={"training_every_s": 0.1, "canary_every_s": 0.1},
        evaluate={"scorer": "judge"},
        judge={"url": judge.url, "model": "judge"},
    )
    with App(settings) as opened:
        yield opened


def _improve(app: App, **options: Any) -> Cycle:
    cycle = app.begin(CycleKind.IMPROVE, SHOP, **options)
    store = app.runtime.store
    until(lambda: store.cycles.get(DEFAULT_WORKSPACE, cycle.id).ended is not None)
    return store.cycles.get(DEFAULT_WORKSPACE, cycle.id)


@pytest.mark.timeout(600)
def test_recorded_conversations_prove_what_few_ratings_could_not(app: App) -> None:
    store = app.runtime.store
    with HostedModel() as model, Proposer(f"- {RULE}") as teacher:
        create_agent(
            app.runtime,
            DEFAULT_WORKSPACE,
            SHOP,
            model=ModelSpec("openai-compatible:hosted", model.url),
            teacher=ModelSpec("openai-compatible:teacher", teacher.url),
        )
        _live(app, CONVERSATIONS)
        cycle = _improve(app, levers=("rules",))
        assert cycle.report, cycle.reason
        report = store.eval_reports.get(DEFAULT_WORKSPACE, cycle.report)
        dataset = store.datasets.get(DEFAULT_WORKSPACE, DatasetId(cycle.dataset or ""))
        heldout = store.examples.of(DEFAULT_WORKSPACE, dataset.id, Split.HELDOUT)
        recorded = [one for one in heldout if one.recorded]
        live = store.agent_versions.get(DEFAULT_WORKSPACE, app.agent(SHOP).live)
        assert dataset.heldout_recorded == sum(one.kind is ExampleKind.RECORDED for one in heldout)
        assert dataset.heldout_recorded > 3 * dataset.heldout_good
        assert {one.recorded.version for one in recorded if one.recorded} == {live.id}
        assert report.incumbent_use is None or report.incumbent_use.answers == len(heldout) - len(recorded)
        by_rule = [body for body in model.bodies if HANDBOOK in str(body["messages"])]
        assert len(by_rule) >= len(heldout)
        assert "people labeled 0 pairs" in cycle.reason
        change_agent(app.runtime, app.agent(SHOP), AgentChange(shadow_share=1.0))
        asyncio.run(_ask_anew(app, 12))
        assert not ask_gate(app.runtime, DEFAULT_WORKSPACE, report.id).passed
        larger = store.eval_reports.get(DEFAULT_WORKSPACE, report.id)
        assert len(larger.pairs) == len(report.pairs) + 12
        more = store.examples.of(DEFAULT_WORKSPACE, larger.dataset, Split.HELDOUT)
        assert sum(one.source == "shadow" for one in more) == 12
        _label(app, report.id)
        decision = ask_gate(app.runtime, DEFAULT_WORKSPACE, report.id)
        asyncio.run(_ask_anew(app, 2))  # the gate has decided: nothing waits, and the comparison stays
        assert ask_gate(app.runtime, DEFAULT_WORKSPACE, report.id) == decision
        assert store.shadow_answers.total(DEFAULT_WORKSPACE) == 12
    spent = {one.key: one.calls for one in sum_nights(app.runtime, DEFAULT_WORKSPACE, by="purpose")}
    assert spent["shadow"] == 12
    assert decision.passed, [check for check in decision.checks if not check.passed]


async def _ask_anew(app: App, n: int) -> None:
    """Let customers ask through the gateway, and wait until the candidate has answered the copies."""
    mine = {"authorization": f"Bearer {(app.settings.data / 'key').read_text().strip()}"}
    transport, rng = httpx2.ASGITransport(create_app(app)), Random(9)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=mine) as api:
        for _ in range(n):
            asked = {"role": "user", "content": shop.question(rng.choice(shop.TOPICS), rng)}
            answer = await api.post("/v1/chat/completions", json={"model": SHOP, "messages": [asked]})
            assert answer.status_code == 200, answer.text
            await asyncio.sleep(0.1)  # a candidate answers a few copies at a time
        for _ in range(100):
            if app.runtime.store.shadow_answers.total(DEFAULT_WORKSPACE) >= n:
                break
            await asyncio.sleep(0.1)


def _label(app: App, report: ReportId) -> None:
    for pair in list_pairs_to_label(app.runtime, DEFAULT_WORKSPACE, report, rater="anna"):
        topic = shop.topic_of(pair.question.removeprefix("user: "))
        assert topic
        new, old = (shop.is_right(topic, said) for said in (pair.candidate_answer, pair.incumbent_answer))
        better = "tie" if new == old else "candidate" if new else "incumbent"
        give_label(
            app.runtime,
            DEFAULT_WORKSPACE,
            report,
            pair=pair.pair,
            rater="anna",
            better=better,  # type: ignore[arg-type]
        )
