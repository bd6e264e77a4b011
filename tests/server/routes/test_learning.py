"""The learning cycle through its routes: recommendations in, patterns, profiles, rules and trust out."""

from random import Random
from typing import Any

import httpx2
import pytest

pytestmark = pytest.mark.anyio
RIGHT = {("ann", "strategy"): 0.95, ("ann", "budget"): 0.9, ("bob", "strategy"): 0.4, ("bob", "budget"): 0.3}


async def _recommend(api: httpx2.AsyncClient, count: int, seed: int = 0) -> None:
    rng = Random(seed)
    for number in range(count):
        agent, kind = rng.choice(sorted(RIGHT))
        body = {
            "id": f"int_{seed}_{number}",
            "agent_id": agent,
            "type": kind,
            "content": {"plan": rng.randint(0, 3)},
            "confidence": rng.random(),
            "workflow_id": f"w{seed}-{number}",
        }
        await api.post("/api/v1/learning/recommendations/track", json=body)
        good = rng.random() < RIGHT[agent, kind]
        verdict = {
            "recommendation_id": body["id"],
            "status": "approved" if good else "rejected",
            "quality": 90 if good else 20,
            "evaluator": f"judge{number % 3}",
        }
        await api.post("/api/v1/learning/outcomes/evaluate", json=verdict)


async def _get(api: httpx2.AsyncClient, path: str, **query: Any) -> Any:
    answer = await api.get(f"/api/v1/learning/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.long
async def test_a_swarm_teaches_who_is_to_be_trusted_with_what(api: httpx2.AsyncClient) -> None:
    await _recommend(api, 250)
    run = await api.post("/api/v1/learning/learning-cycles/trigger", json={})
    assert run.status_code == 201, run.text
    iteration = run.json()["iteration"]
    assert iteration["samples_analyzed"] == 250
    assert iteration["iteration_accuracy"] is None  # nothing came afterwards yet
    patterns = (await _get(api, "patterns"))["items"]
    assert any(["agent", "ann"] in one["conditions"] and one["predicts"] for one in patterns)
    one_kind = (await _get(api, "patterns", category="success_indicator"))["items"]
    assert {one["category"] for one in one_kind} <= {"success_indicator"}
    profile = await _get(api, "agent-profiles/ann")
    assert profile["approval_rate"] > 0.85
    scores = (await _get(api, "trust-scores"))["items"]
    assert [one["agent_id"] for one in scores] == ["ann", "bob"]
    assert scores[0]["overall_trust"] > scores[1]["overall_trust"] + 0.2
    assert (await _get(api, "trust-scores", min_trust=0.7))["items"][0]["agent_id"] == "ann"
    assert (await _get(api, "trust-scores/ann"))["sample_size"] == sum(
        one["sample_size"] for one in scores if one["agent_id"] == "ann"
    )
    stats = await _get(api, "stats")
    assert (stats["recommendations"], stats["iterations"]) == (250, 1)


@pytest.mark.long
async def test_what_was_learned_is_measured_on_what_came_afterwards(api: httpx2.AsyncClient) -> None:
    await _recommend(api, 250)
    await api.post("/api/v1/learning/learning-cycles/trigger", json={})
    await _recommend(api, 150, seed=1)
    iteration = (await _get(api, "stats"))["iteration"]
    assert iteration["iteration_coverage"] > 0.5
    assert iteration["iteration_accuracy"] > iteration["iteration_base_rate"]
    again = (await api.post("/api/v1/learning/learning-cycles/trigger", json={})).json()
    assert any(rule["state"] == "active" for rule in again["rules"])
    assert (await _get(api, "rules", agent="ann"))["items"]


async def test_trust_is_the_same_however_often_it_is_asked(api: httpx2.AsyncClient) -> None:
    await _recommend(api, 40)
    assert await _get(api, "trust-scores/bob") == await _get(api, "trust-scores/bob")


async def test_before_the_first_cycle_there_is_nothing_and_it_is_said(api: httpx2.AsyncClient) -> None:
    assert (await _get(api, "patterns"))["items"] == []
    answer = await api.get("/api/v1/learning/agent-profiles/nobody")
    assert answer.status_code == 404
    assert answer.json()["hint"]


async def test_the_learning_cycle_is_a_schedule_that_can_be_run_now(api: httpx2.AsyncClient) -> None:
    await _recommend(api, 5)
    listed = (await api.get("/api/v1/schedules")).json()["items"]
    (learning,) = [one for one in listed if one["name"] == "learning"]
    assert (learning["rhythm"], learning["last"]) == ("daily 02:00", None)
    run = await api.post("/api/v1/schedules/learning/run")
    assert run.status_code == 200
    assert "5 recommendations" in run.json()["said"]
    assert (await api.post("/api/v1/schedules/lunch/run")).status_code == 404


SENT: list[Any] = [{"channels": ["x"], "n": 3}, ["a", 1], "Do it.", '{"plan": 1}', "5", 5, True, "null", ""]


@pytest.mark.parametrize("sent", SENT)
async def test_what_is_sent_comes_back_with_its_type_in_one_shape_by_every_route(
    api: httpx2.AsyncClient, sent: Any
) -> None:
    body = {"agent_id": "ann", "type": "plan", "content": sent, "evidence": sent, "confidence": 0.5}
    made = (await api.post("/api/v1/learning/recommendations/track", json=body)).json()
    verdict = {
        "recommendation_id": made["id"],
        "quality": 90,
        "dimensions": {"clarity": 80.5},
        "alternatives": ["x", "y"],
        "evaluator": "eve",
        "accuracy_impact": 0.5,
    }
    await api.post("/api/v1/learning/outcomes/evaluate", json=verdict)
    shown = await _get(api, f"recommendations/{made['id']}")
    [listed] = (await _get(api, "recommendations/agent/ann"))["items"]
    for told in (made, shown, listed):
        assert told["content"] == sent
        assert type(told["content"]) is type(sent)
        assert told["evidence"] == (sent if sent != "" else None)
    assert set(listed) == set(shown) - {"feedback"} == set(made) - {"recommendation_id"}
    assert listed["outcome"] == shown["outcome"]
    assert listed["outcome"]["status"] == "success"
    [said] = shown["feedback"]
    names = ("quality", "dimensions", "alternatives", "evaluator", "accuracy_impact")
    assert {name: said[name] for name in names} == {name: verdict[name] for name in names}


async def test_past_iterations_can_be_read_page_by_page(api: httpx2.AsyncClient) -> None:
    await _recommend(api, 12)
    ran = [
        (await api.post("/api/v1/learning/learning-cycles/trigger", json={})).json()["iteration"]
        for _ in range(3)
    ]
    wanted = [one["iteration_id"] for one in reversed(ran)]
    first = await _get(api, "iterations", limit=2)
    rest = await _get(api, "iterations", limit=2, after=first["next"])
    assert [one["iteration_id"] for one in (*first["items"], *rest["items"])] == wanted
    assert rest["next"] is None
    oldest = await _get(api, f"iterations/{wanted[-1]}")
    assert oldest["iteration"]["samples_analyzed"] == 12
    assert {"patterns", "rules", "profiles"} <= set(oldest)
    assert (await api.get("/api/v1/learning/iterations/itr_none")).status_code == 404


async def test_an_agent_of_whom_nothing_is_known_has_no_trust_until_it_is_asked_to_begin(
    api: httpx2.AsyncClient,
) -> None:
    await _recommend(api, 4)
    for path in ("trust-scores/bobb", "recommendations/agent/bobb"):
        missing = await api.get(f"/api/v1/learning/{path}")
        assert missing.status_code == 404
        assert "bob" in missing.json()["hint"]
    assert (await _get(api, "trust-scores/bobb", initialize=True))["sample_size"] == 0
    assert (await _get(api, "trust-scores/bob"))["agent_id"] == "bob"


async def test_impacts_move_accuracy_and_consistency_within_their_range(api: httpx2.AsyncClient) -> None:
    base = "/api/v1/learning"
    for agent, more in {"plain": {}, "up": {"accuracy_impact": 1.0, "consistency_impact": -1.0}}.items():
        body = {"id": f"int_{agent}", "agent_id": agent, "type": "plan", "content": "x"}
        await api.post(f"{base}/recommendations/track", json=body)
        verdict = {"recommendation_id": f"int_{agent}", "quality": 90, **more}
        assert (await api.post(f"{base}/outcomes/evaluate", json=verdict)).status_code == 201
    plain, up = await _get(api, "trust-scores/plain"), await _get(api, "trust-scores/up")
    assert up["accuracy_score"] == pytest.approx(plain["accuracy_score"] + 0.1)
    assert up["consistency_score"] == pytest.approx(plain["consistency_score"] - 0.1)
    wrong = {"recommendation_id": "int_up", "quality": 90, "accuracy_impact": 1.5}
    assert (await api.post(f"{base}/outcomes/evaluate", json=wrong)).status_code == 422


@pytest.mark.long
async def test_lists_follow_the_posterior_and_show_the_score_of_the_four_dimensions_beside_it(
    api: httpx2.AsyncClient,
) -> None:
    """The better agent ends badly, the other well: the score remembers the end, the posterior everything."""
    base = "/api/v1/learning"
    verdicts = {"better": [1, 1, 1, 1, 0] * 8 + [0] * 3, "other": [1, 0] * 16 + [1] * 6}
    for agent, approved in verdicts.items():
        for number, good in enumerate(approved):
            body = {"id": f"{agent}{number}", "agent_id": agent, "type": "plan", "content": "x"}
            await api.post(f"{base}/recommendations/track", json=body)
            said = {"recommendation_id": f"{agent}{number}", "status": "approved" if good else "rejected"}
            await api.post(f"{base}/outcomes/evaluate", json=said)
    first, second = (await _get(api, "trust-scores"))["items"]
    assert (first["agent_id"], second["agent_id"]) == ("better", "other")
    assert first["expected_success"] > second["expected_success"]
    assert first["overall_trust_score"] < second["overall_trust_score"]
    above = (await _get(api, "trust-scores", min_trust=0.68))["items"]
    assert [one["agent_id"] for one in above] == ["better"]
