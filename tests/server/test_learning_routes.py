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
