"""A partial success is worth a half wherever a mean is taken, however it is said, and is no failure."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest

from upspiral.app import App

pytestmark = pytest.mark.anyio
LEARNING, PROFILES = "/api/v1/learning", "/api/v1/profiles"
RECORDS = 20


async def _post(api: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> Any:
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _track(api: httpx2.AsyncClient, number: int) -> str:
    body = {"agent_id": "ann", "type": "plan", "content": f"do {number}", "workflow_id": f"w{number}"}
    made = await _post(api, f"{LEARNING}/recommendations/track", body)
    return str(made.get("id") or made["recommendation_id"])


async def _evaluate(api: httpx2.AsyncClient, number: int) -> None:
    body = {"recommendation_id": await _track(api, number), "quality": 55}
    await _post(api, f"{LEARNING}/outcomes/evaluate", body)


async def _say_partial(api: httpx2.AsyncClient, number: int) -> None:
    body = {"recommendation_id": await _track(api, number), "status": "partial"}
    await _post(api, f"{LEARNING}/outcomes/evaluate", body)


async def _evaluate_workflow(api: httpx2.AsyncClient, number: int) -> None:
    await _track(api, number)
    body = {"workflow_id": f"w{number}", "overall_quality_score": 55}
    await _post(api, f"{LEARNING}/workflows/evaluate", body)


async def _score(api: httpx2.AsyncClient, number: int) -> None:
    await _post(api, "/api/v1/feedback", {"interaction": await _track(api, number), "score": 0.6})


async def _disagree(api: httpx2.AsyncClient, number: int) -> None:
    ident = await _track(api, number)
    for rater, thumbs in (("ann", "up"), ("ben", "down")):
        await _post(api, "/api/v1/feedback", {"interaction": ident, "thumbs": thumbs, "rater": rater})


@pytest.mark.long
@pytest.mark.parametrize("judge", [_evaluate, _say_partial, _evaluate_workflow, _score, _disagree])
async def test_a_partial_success_is_worth_a_half_in_trust_posterior_and_profiles_and_is_no_failure(
    app: App, api: httpx2.AsyncClient, judge: Callable[[httpx2.AsyncClient, int], Awaitable[None]]
) -> None:
    for number in range(RECORDS):
        await judge(api, number)
    trust = (await api.get(f"{LEARNING}/trust-scores/ann")).json()
    assert (trust["sample_size"], trust["approval_rate"]) == (RECORDS, 0.5)
    (belief,) = trust["posterior"]
    assert (belief["n"], belief["mean"]) == (pytest.approx(RECORDS, abs=0.1), pytest.approx(0.5, abs=0.02))
    app.runtime.routers.refresh()
    profile = (await api.get(PROFILES)).json()["ann"]
    assert (profile["total_queries"], profile["successful_queries"]) == (RECORDS, RECORDS / 2)
    (row,) = (await api.get("/api/v1/metrics/agents")).json()["items"]
    assert (row["n"], row["settled"], row["failures"]) == (RECORDS, 0, 0)


async def test_a_verdict_that_becomes_clear_takes_the_place_of_the_half(
    app: App, api: httpx2.AsyncClient
) -> None:
    for number in range(RECORDS):
        ident = await _track(api, number)
        await _post(api, "/api/v1/feedback", {"interaction": ident, "score": 0.6, "rater": "ann"})
        await _post(api, "/api/v1/feedback", {"interaction": ident, "score": 1.0, "rater": "ann"})
    trust = (await api.get(f"{LEARNING}/trust-scores/ann")).json()
    assert (trust["sample_size"], trust["approval_rate"]) == (RECORDS, 1.0)
    app.runtime.routers.refresh()
    profile = (await api.get(PROFILES)).json()["ann"]
    assert (profile["total_queries"], profile["successful_queries"]) == (RECORDS, RECORDS)
