"""Asking the server what was learned."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest
from tests.client.conftest import Server

from upspiral.app import App as App
from upspiral.client import AsyncUpspiral, Upspiral
from upspiral.config import load
from upspiral.domain.learning import TrustScore
from upspiral.errors import InvalidInput, NotFound, Unauthorized, Unavailable, UpspiralError
from upspiral.server.app import create_app


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    with App(load(data=data), nights=False) as opened:
        yield opened


@pytest.fixture
def client(app: App) -> Iterator[Upspiral]:
    key = (app.settings.data / "key").read_text().strip()
    with Upspiral.in_process(create_app(app), key=key, every_s=0.01) as opened:
        yield opened


def recommend(client: Upspiral, agent: str, *, workflow: str | None = None) -> str:
    return client.learning.track_agent_recommendation(
        agent,
        "strategy",
        {"channels": ["linkedin"]},
        confidence_score=0.85,
        agent_name=f"The {agent}",
        correlation_id=workflow,
        workflow_id=workflow,
    )


def test_what_was_told_is_known_to_the_next_question(client: Upspiral) -> None:
    ident = recommend(client, "STRAT-01")
    before = client.learning.get_trust_score("STRAT-01")
    client.learning.evaluate_outcome(
        ident, quality_scores={"accuracy": 90}, overall_quality_score=87.5, evaluator_feedback="Excellent"
    )
    after = client.learning.get_trust_score("STRAT-01")
    assert (before.sample_size, after.sample_size) == (0, 1)
    assert after.avg_quality_score == 87.5
    assert after.agent_name == "The STRAT-01"
    assert after.accuracy_score == pytest.approx(0.5 + 0.1 * (1.0 - 0.5))


def test_a_workflow_is_evaluated_for_every_recommendation_in_it(client: Upspiral) -> None:
    named = [recommend(client, "a", workflow="w1"), recommend(client, "b", workflow="w1")]
    recommend(client, "c", workflow="w2")
    client.learning.evaluate_workflow_outcome("w1", named, overall_quality_score=90, feedback="Great")
    client.learning.evaluate_workflow_outcome("w2", overall_quality_score=10)
    scores = {one.agent_id: one for one in client.learning.get_all_trust_scores()}
    assert [scores[name].approval_rate for name in "abc"] == [1.0, 1.0, 0.0]
    assert client.dropped == 0


@pytest.mark.long
def test_what_the_learning_document_asks_is_answered(client: Upspiral) -> None:
    rng = Random(0)
    assert not client.learning.should_trigger_learning_cycle()
    for agent, rate in {"good": 0.95, "fair": 0.6, "bad": 0.2}.items():
        for _ in range(60):
            quality = 90 if rng.random() < rate else 15
            client.learning.update_trust_from_outcome(recommend(client, agent), quality)
    assert client.learning.should_trigger_learning_cycle()
    iteration = client.learning.trigger_learning_cycle(lookback_days=7, min_pattern_confidence=0.7)
    assert iteration.samples_analyzed == 180
    assert not client.learning.should_trigger_learning_cycle()
    assert [one.agent_id for one in client.learning.get_all_trust_scores()] == ["good", "fair", "bad"]
    assert [one.agent_id for one in client.learning.get_agents_above(0.7)] == ["good"]
    stats = client.learning.get_agent_stats("bad")
    assert (stats.total, stats.settled, stats.approved + stats.rejected) == (60, 60, 60)
    assert client.learning.get_agent_profile("good").settled == 60
    assert client.learning.get_patterns()
    assert all(one.category == "consensus" for one in client.learning.get_patterns("consensus"))
    assert client.learning.suggest_decision_rules({"context": {"task_type": "strategy"}}) is not None
    boosts = {name: client.learning.get_agent_decision_boost(name, "strategy") for name in ("good", "bad")}
    assert boosts["good"].boost == 0.2
    assert boosts["bad"].boost == -0.2
    assert client.learning.get_agent_decision_boost("new", "strategy").boost == 0


def test_impacts_and_past_iterations_go_through_the_client(client: Upspiral) -> None:
    plain, moved = recommend(client, "plain"), recommend(client, "moved")
    client.learning.update_trust_from_outcome(plain, 90)
    client.learning.update_trust_score(
        {
            "recommendation_id": moved,
            "outcome_quality_score": 90,
            "accuracy_impact": 1,
            "consistency_impact": -1,
        }
    )
    before, after = (client.learning.get_trust_score(name) for name in ("plain", "moved"))
    assert after.accuracy_score == pytest.approx(before.accuracy_score + 0.1)
    assert after.consistency_score == pytest.approx(before.consistency_score - 0.1)
    ran = [client.learning.trigger_learning_cycle().iteration_id for _ in range(2)]
    first = client.learning.get_learning_iterations(limit=1)
    rest = client.learning.get_learning_iterations(before=first.next)
    assert [one.iteration_id for one in (*first.items, *rest.items)] == ran[::-1]
    assert rest.next is None


def test_the_trust_of_an_agent_nobody_knows_is_not_found(client: Upspiral) -> None:
    recommend(client, "STRAT-01")
    with pytest.raises(NotFound, match="STRAT-01"):
        client.learning.get_trust_score("STRAT-1")


def test_a_new_agent_begins_where_everybody_does(client: Upspiral) -> None:
    score = client.learning.initialize_trust_score("NEW 01")
    assert (score.agent_id, score.overall_trust_score, score.accuracy_score) == ("NEW 01", 0.0, 0.5)


def test_the_same_questions_can_be_awaited(app: App) -> None:
    key = (app.settings.data / "key").read_text().strip()

    async def ask() -> tuple[TrustScore, list[Any]]:
        async with AsyncUpspiral.in_process(create_app(app), key=key, every_s=0.01) as client:
            ident = client.learning.track_agent_recommendation("a", "strategy", "Do it.")
            client.learning.evaluate_outcome(ident, status="approved")
            learning = client.learning
            found = await asyncio.gather(
                learning.initialize_trust_score("a"),
                learning.get_all_trust_scores(),
                learning.get_agents_above(0.0),
                learning.get_agent_stats("a"),
                learning.get_agent_decision_boost("a", "strategy"),
                learning.should_trigger_learning_cycle(),
                learning.trigger_learning_cycle(),
                learning.get_patterns(),
                learning.suggest_decision_rules(),
            )
            with pytest.raises(NotFound):
                await learning.get_agent_profile("nobody")
            return await learning.get_trust_score("a"), list(found)

    score, found = asyncio.run(ask())
    assert score.sample_size == 1
    assert found[3].approved == 1


@pytest.mark.parametrize(
    ("status", "kind"), [(401, Unauthorized), (404, NotFound), (503, Unavailable), (418, UpspiralError)]
)
def test_a_refusal_is_raised_in_the_servers_words(
    server: Server, spiral: Upspiral, status: int, kind: type[UpspiralError]
) -> None:
    server.answers = [httpx2.Response(status, json={"title": "No.", "hint": "Try else."})]
    with pytest.raises(kind, match=r"No\. Try else\."):
        spiral.learning.get_trust_score("a")


def test_a_server_that_is_away_is_said_so(server: Server, spiral: Upspiral) -> None:
    server.answers = [httpx2.ConnectError("refused")]
    with pytest.raises(Unavailable):
        spiral.learning.get_all_trust_scores()
    server.answers = [httpx2.Response(500, text="oops")]
    with pytest.raises(Unavailable, match="500"):
        spiral.learning.get_all_trust_scores()


def test_a_question_hides_no_loss_from_the_next_flush(server: Server, spiral: Upspiral) -> None:
    server.answers = [httpx2.Response(403, json={})]
    spiral.learning.evaluate_outcome("int_1", status="approved")
    server.always = lambda _: httpx2.Response(200, json={"items": []})
    assert spiral.learning.get_all_trust_scores() == []
    assert not spiral.flush()
    assert spiral.flush()


def test_an_evaluation_that_says_nothing_is_refused_at_once(spiral: Upspiral) -> None:
    with pytest.raises(InvalidInput):
        spiral.learning.evaluate_outcome("int_1")
    with pytest.raises(InvalidInput):
        spiral.learning.evaluate_workflow_outcome("w", overall_quality_score=101)
