"""What is shown of agents, shared or not, and what follows for their next decision."""

import time
from random import Random
from typing import Any

import fakeredis
import httpx2
import pytest
from pydantic import SecretStr

from upspiral.app import App
from upspiral.domain.learning import DomainTrust, Rule, RuleState, TrustScore
from upspiral.projections import Projections, trust
from upspiral.route.trust_score import TrustFold, decision_boost
from upspiral.route.trust_summary import AgentTrust, to_trust_score

pytestmark = pytest.mark.anyio
RATES = {"ann": 0.95, "bob": 0.3}


async def _recommend(api: httpx2.AsyncClient, count: int, *, judges: int = 3) -> None:
    rng = Random(0)
    for number in range(count):
        agent = "ann" if number % 2 else "bob"
        body = {"id": f"int_{number}", "agent_id": agent, "type": "strategy", "content": "Do it.",
                "agent_name": agent.title(), "workflow_id": f"w{number // 4}"}  # fmt: skip
        assert (await api.post("/api/v1/learning/recommendations/track", json=body)).status_code == 201
        good = rng.random() < RATES[agent]
        verdict = {"recommendation_id": body["id"], "status": "approved" if good else "rejected",
                   "evaluator": f"judge{number % judges}"}  # fmt: skip
        assert (await api.post("/api/v1/learning/outcomes/evaluate", json=verdict)).status_code == 201


async def _get(api: httpx2.AsyncClient, path: str, **query: Any) -> Any:
    answer = await api.get(f"/api/v1/learning/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.long
async def test_a_score_shows_every_field_of_the_document_and_the_posterior(api: httpx2.AsyncClient) -> None:
    await _recommend(api, 80, judges=1)
    score = await _get(api, "trust-scores/ann")
    assert (score["agent_id"], score["agent_name"]) == ("ann", "Ann")
    assert score["overall_trust_score"] == score["overall_trust"] > 0.5
    assert score["recommendation_strength"] == score["strength"]
    assert score["approval_rate"] > 0.85
    assert score["one_rater_share"] == 1.0
    assert "'judge0'" in score["warning"]
    (belief,) = score["posterior"]
    assert belief["domain"] == "strategy"
    assert belief["low"] < belief["mean"] < belief["high"]
    assert belief["low"] < 0.95 < belief["high"] + 0.05
    assert belief["n"] == pytest.approx(40, abs=0.5)
    assert belief["changed_at"] is None


@pytest.mark.long
async def test_a_boost_is_what_is_sure_and_no_more(api: httpx2.AsyncClient) -> None:
    await _recommend(api, 80)
    for agent, sign in (("ann", 1), ("bob", -1)):
        said = await _get(api, f"boosts/{agent}", type="strategy")
        assert said["boost"] * sign == 0.2
        assert said["low"] < said["high"]
    assert (await _get(api, "boosts/ann", type="budget"))["boost"] == 0
    assert (await _get(api, "boosts/nobody", type="strategy"))["boost"] == 0


def _shown(agent: str, low: float, mean: float, high: float) -> TrustScore:
    beliefs = (DomainTrust(domain="x", low=low, mean=mean, high=high, n=10),)
    return to_trust_score(agent, AgentTrust("", TrustFold()), beliefs)


def test_luck_boosts_nobody_and_rules_count_a_little(app: App) -> None:
    scores = [_shown("a", 0.5, 0.8, 0.9), _shown("b", 0.6, 0.7, 0.8)]
    assert decision_boost("a", "x", scores, ()).boost == 0
    now = app.runtime.now()
    rule = Rule(
        id="r", workspace=app.workspace, conditions=(("agent", "a"),), prefer=True, text="Ask a.",
        state=RuleState.ACTIVE, success_rate=0.9, effectiveness=0.2, observed=50, proposed_at=now,
        confirmed_at=now,
    )  # fmt: skip
    helped = decision_boost("a", "x", scores, [rule])
    assert (helped.boost, helped.rules, helped.fleet) == (0.05, ("Ask a.",), 0.7)
    assert decision_boost("b", "x", scores, [rule]).boost == 0


async def test_a_workflow_is_evaluated_even_before_its_recommendations_come(api: httpx2.AsyncClient) -> None:
    body = {"id": "fb_1", "workflow_id": "w", "recommendations": ["int_1", "int_2"],
            "overall_quality_score": 60, "feedback": "So so"}  # fmt: skip
    said = (await api.post("/api/v1/learning/workflows/evaluate", json=body)).json()
    assert (said["status"], said["waiting"], said["outcomes"]) == ("partial", ["int_1", "int_2"], [])
    none = {"workflow_id": "nobody", "overall_quality_score": 60}
    assert (await api.post("/api/v1/learning/workflows/evaluate", json=none)).status_code == 404


async def test_the_same_quality_counts_the_same_by_both_doors_and_in_order(api: httpx2.AsyncClient) -> None:
    base = "/api/v1/learning"
    for agent in ("by_outcome", "by_workflow"):
        for quality in (55.0, 80.0, 20.0):
            body = {"agent_id": agent, "type": "plan", "content": "x", "workflow_id": f"{agent}{quality}"}
            made = (await api.post(f"{base}/recommendations/track", json=body)).json()
            said: dict[str, Any] = {"overall_quality_score": quality}
            if agent == "by_outcome":
                said |= {"recommendation_id": made["recommendation_id"]}
                assert (await api.post(f"{base}/outcomes/evaluate", json=said)).status_code == 201
            else:
                said |= {"workflow_id": f"{agent}{quality}"}
                assert (await api.post(f"{base}/workflows/evaluate", json=said)).status_code == 201
    scores = {one["agent_id"]: one for one in (await api.get(f"{base}/trust-scores")).json()["items"]}
    for name in ("sample_size", "approval_rate", "overall_trust_score", "accuracy_score"):
        assert scores["by_outcome"][name] == scores["by_workflow"][name]
    assert scores["by_outcome"]["sample_size"] == 3
    assert scores["by_outcome"]["warning"] is None
    assert scores["by_outcome"]["timeliness_score"] is None


async def test_an_evaluation_sent_twice_counts_once(api: httpx2.AsyncClient) -> None:
    track = {"id": "int_1", "agent_id": "ann", "type": "strategy", "content": "x", "workflow_id": "w"}
    await api.post("/api/v1/learning/recommendations/track", json=track)
    body = {"id": "fb_1", "workflow_id": "w", "overall_quality_score": 90}
    for _ in range(2):
        said = (await api.post("/api/v1/learning/workflows/evaluate", json=body)).json()
        assert said["recommendations"] == ["int_1"]
    found = (await api.get("/api/v1/feedback", params={"interaction": "int_1"})).json()["items"]
    assert len(found) == 1


async def test_what_nobody_recommended_has_no_stats(api: httpx2.AsyncClient) -> None:
    assert (await api.get("/api/v1/learning/agents/nobody/stats")).status_code == 404
    due = await _get(api, "learning-cycles/due")
    assert (due["due"], due["settled"], due["last"]) == (False, 0, None)


async def test_trust_computed_again_differs_in_nothing(app: App, api: httpx2.AsyncClient) -> None:
    await _recommend(api, 40)
    before = (await _get(api, "trust-scores"))["items"]
    said = app.runtime.projections.trust(app.workspace).recompute()
    assert said == "Trust of 2 agents recomputed from all facts; 0 differed from what was kept."
    assert (await _get(api, "trust-scores"))["items"] == before


@pytest.mark.long
async def test_after_an_erasure_trust_rests_on_what_is_left(app: App, api: httpx2.AsyncClient) -> None:
    await _recommend(api, 8)
    assert (await _get(api, "trust-scores/ann"))["sample_size"] == 4
    app.erase(conversation="w0")
    assert (await _get(api, "trust-scores/ann"))["sample_size"] == 2


def _make_projections(app: App) -> Projections:
    runtime = app.runtime
    return Projections(
        runtime.store,
        runtime.settings,
        routers=runtime.routers,
        clock=runtime.now,
        embedder=runtime.services.embedder,
    )


@pytest.fixture
def one_redis(app: App, monkeypatch: pytest.MonkeyPatch) -> fakeredis.FakeServer:
    server = fakeredis.FakeServer()
    monkeypatch.setattr(trust, "connect", lambda _: fakeredis.FakeRedis(server=server))
    named = {"redis_url": SecretStr("redis://somewhere")}
    monkeypatch.setattr(app.runtime, "settings", app.settings.model_copy(update=named))
    monkeypatch.setattr(app.runtime, "projections", _make_projections(app))
    return server


async def test_another_process_answers_at_once_from_what_is_shared(
    app: App, api: httpx2.AsyncClient, one_redis: fakeredis.FakeServer
) -> None:
    await _recommend(api, 10)
    mine, theirs = (_make_projections(app).trust(app.workspace) for _ in range(2))
    shown = mine.scores()
    raw = fakeredis.FakeRedis(server=one_redis)
    raw.delete("upspiral:trust:default:bob")
    assert [one.agent_id for one in theirs.scores()] == ["ann"]  # it has not read the facts itself yet
    theirs.refresh()
    assert theirs.scores() == shown
    assert b'"agent_name":"Bob"' in (raw.get("upspiral:trust:default:bob") or b"")


async def test_a_redis_that_is_away_changes_no_answer(
    app: App, api: httpx2.AsyncClient, one_redis: fakeredis.FakeServer
) -> None:
    await _recommend(api, 10)
    one_redis.connected = False
    assert [one["agent_id"] for one in (await _get(api, "trust-scores"))["items"]] == ["ann", "bob"]


async def test_scores_answer_soon_once_they_were_asked_for(app: App, api: httpx2.AsyncClient) -> None:
    await _recommend(api, 40)
    await _get(api, "trust-scores")
    took = []
    for _ in range(5):
        begun = time.process_time()  # a busy machine changes it little
        await _get(api, "trust-scores")
        took.append(time.process_time() - begun)
    assert min(took) < 0.05
