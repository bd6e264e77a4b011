"""One setting says what a success is, for the day, the gate, curation, remedies, routing and trust."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.server.conftest import client_of

from upspiral.analyze.remedies import count_fixed
from upspiral.app import App
from upspiral.config import load
from upspiral.curate.verify import says_same
from upspiral.domain import Pair
from upspiral.domain.ids import ExampleId
from upspiral.evaluate.slices import tally
from upspiral.route.policies import Threshold
from upspiral.scorers import scorer

pytestmark = pytest.mark.anyio

LEARNING = "/api/v1/learning"

NEARLY = ("It takes 5 days to arrive.", "It takes 5 days to arrive at home.")
"""Two answers that share 86 % of their words."""


@pytest.fixture
def strict(data: Path) -> Iterator[App]:
    settings = load(data=data, capture={"success_at": 0.9}, route={"policy": "threshold"})
    with App(settings, nights=False) as opened:
        yield opened


@pytest.fixture
async def strict_api(strict: App) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(strict) as client:
        yield client


async def _post(api: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> Any:
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def _score(api: httpx2.AsyncClient, agent: str, score: float, count: int) -> None:
    for number in range(count):
        ident = f"{agent}-{number}"
        asked = {"id": ident, "agent": agent, "messages": [{"role": "user", "content": "Where?"}]}
        await _post(api, "/api/v1/interactions", {"interactions": [asked]})
        await _post(api, "/api/v1/feedback", {"interaction": ident, "score": score})


async def test_the_day_and_the_policy_threshold_count_as_a_success_what_the_setting_says(
    strict: App, strict_api: httpx2.AsyncClient
) -> None:
    await _score(strict_api, "nearly", 0.85, 4)
    await _score(strict_api, "right", 0.95, 4)
    rows = {row["key"]: row for row in (await strict_api.get("/api/v1/metrics/agents")).json()["items"]}
    assert (rows["nearly"]["settled"], rows["right"]["settled"]) == (0, 4)
    assert rows["right"]["failures"] == 0
    policy = strict.runtime.routers.get(strict.workspace).policy
    assert isinstance(policy, Threshold)
    assert {name: one.successful_queries for name, one in policy.profiles.items()} == {
        "nearly": 2,
        "right": 4,
    }


async def test_trust_takes_for_approved_what_the_setting_says(strict_api: httpx2.AsyncClient) -> None:
    for quality, wanted in ((95.0, "approved"), (85.0, "partial"), (20.0, "rejected")):
        body = {"agent_id": "ann", "type": "plan", "content": "x", "workflow_id": f"w{quality}"}
        await _post(strict_api, f"{LEARNING}/recommendations/track", body)
        said = {"workflow_id": f"w{quality}", "overall_quality_score": quality}
        assert (await _post(strict_api, f"{LEARNING}/workflows/evaluate", said))["status"] == wanted
    trust = (await strict_api.get(f"{LEARNING}/trust-scores/ann")).json()
    assert (trust["sample_size"], trust["approval_rate"]) == (3, 0.5)


@pytest.mark.parametrize(("success_at", "same"), [(0.5, True), (0.7, True), (0.9, False)])
def test_gate_curation_and_remedies_follow_the_same_value(success_at: float, same: bool) -> None:
    measure = scorer("agreement", success_at=success_at)
    assert says_same("", *NEARLY, scorer=measure) is same
    found = measure.score("", *NEARLY).value
    pair = Pair(
        example=ExampleId("ex"), conversation="c", slice="rest", candidate=found, incumbent=0.0,
        candidate_answer="", incumbent_answer="",
    )  # fmt: skip
    assert tally("overall", [pair], success_at=success_at).wins == same
    assert count_fixed([pair], success_at=success_at) == (same, 1)


@pytest.mark.parametrize("limits", [{"success_at": 0.9}, {"failure_below": 0.01, "success_at": 0.02}])
async def test_an_error_is_a_failure_whatever_the_thresholds(tmp_path: Path, limits: dict[str, Any]) -> None:
    with App(load(data=tmp_path / "other", capture=limits), nights=False) as opened:
        async with client_of(opened) as api:
            body = {"agent": "a", "messages": [{"role": "user", "content": "Hi"}], "error": "timed out"}
            await _post(api, "/api/v1/interactions", body)
            [row] = (await api.get("/api/v1/metrics/agents")).json()["items"]
    assert (row["settled"], row["failures"]) == (1, 1)
