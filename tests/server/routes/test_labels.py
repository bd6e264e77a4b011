"""A comparison by a judge is labeled by people, and only then does the gate decide."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from tests.judges.site import AGENT, CASES, JudgedSite, judged_site
from tests.server.conftest import client_of

from upspiral.app import App
from upspiral.config import load

pytestmark = pytest.mark.anyio


@pytest.fixture
def site(data: Path) -> Iterator[JudgedSite]:
    with judged_site(data) as found:
        yield found


@pytest.fixture
async def judged(site: JudgedSite, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx2.AsyncClient]:
    for name, value in site.variables.items():
        monkeypatch.setenv(name, value)
    with App(load(data=site.data), nights=False) as app:
        async with client_of(app) as client:
            yield client


async def _compare(api: httpx2.AsyncClient, site: JudgedSite) -> str:
    body = {"agent": AGENT, "candidate": site.candidate, "incumbent": site.incumbent}
    answer = await api.post("/api/v1/evaluations", json=body, timeout=60)
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["scorer"] == "judge"
    assert found["judge"].startswith("jdg_")
    assert (found["overall"]["wins"], found["overall"]["losses"]) == (CASES // 3, 0)
    return str(found["id"])


async def _label(api: httpx2.AsyncClient, evaluation: str, rater: str, better: str | None = None) -> int:
    """Label every pair as it is: the candidate is better where the incumbent's answer is poor."""
    path = f"/api/v1/evaluations/{evaluation}"
    pairs = (await api.get(f"{path}/pairs", params={"rater": rater})).json()["items"]
    for pair in pairs:
        right = "candidate" if "poor" in pair["incumbent_answer"] else "tie"
        body = {"pair": pair["pair"], "rater": rater, "better": better or right}
        assert (await api.post(f"{path}/labels", json=body)).status_code == 201
    return len(pairs)


async def test_the_gate_holds_until_people_have_labeled_and_decides_once_then(
    judged: httpx2.AsyncClient, site: JudgedSite
) -> None:
    evaluation = await _compare(judged, site)
    path = f"/api/v1/evaluations/{evaluation}"
    held = (await judged.post(f"{path}/decision")).json()
    assert (held["passed"], held["alpha"]) == (False, 0)
    failed = [check["name"] for check in held["checks"] if not check["passed"]]
    assert failed == ["enough labels", "judge agrees with people"]
    assert await _label(judged, evaluation, "anna") == CASES
    assert (await judged.get(f"{path}/pairs", params={"rater": "anna"})).json()["items"] == []
    assert len((await judged.get(f"{path}/labels")).json()["items"]) == CASES
    decided = (await judged.post(f"{path}/decision")).json()
    assert decided["alpha"] > 0
    assert [check["name"] for check in decided["checks"]][-3:] == [
        "gain", "not worse overall", "no slice harmed",
    ]  # fmt: skip
    await _label(judged, evaluation, "ben", better="incumbent")
    assert (await judged.post(f"{path}/decision")).json() == decided


async def test_every_beginning_of_the_pairs_holds_each_slice_by_its_share(
    judged: httpx2.AsyncClient, site: JudgedSite
) -> None:
    evaluation = await _compare(judged, site)
    pairs = (await judged.get(f"/api/v1/evaluations/{evaluation}/pairs")).json()["items"]
    slices = [pair["slice"] for pair in pairs]
    for n in (8, 16, 24):
        assert abs(slices[:n].count("returns") - n / 4) <= 1


async def test_a_label_of_no_pair_or_of_another_word_is_refused(
    judged: httpx2.AsyncClient, site: JudgedSite
) -> None:
    evaluation = await _compare(judged, site)
    path = f"/api/v1/evaluations/{evaluation}/labels"
    body = {"pair": "pair_none", "rater": "anna", "better": "tie"}
    refused = await judged.post(path, json=body)
    assert refused.status_code == 404
    assert "has no pair 'pair_none'" in refused.text
    assert (await judged.post(path, json=body | {"better": "mine"})).status_code == 422
    assert (await judged.get("/api/v1/evaluations/none/pairs")).status_code == 404


async def test_a_judge_that_answers_nothing_but_nonsense_is_no_evidence(
    judged: httpx2.AsyncClient, site: JudgedSite
) -> None:
    site.judge._answer = lambda asked: "I would rather not say."
    body = {"agent": AGENT, "candidate": site.candidate, "incumbent": site.incumbent}
    found = (await judged.post("/api/v1/evaluations", json=body, timeout=60)).json()
    assert found["void"] == CASES
    held = (await judged.post(f"/api/v1/evaluations/{found['id']}/decision")).json()
    assert (held["passed"], held["alpha"]) == (False, 0)
    failed = {check["name"] for check in held["checks"] if not check["passed"]}
    assert {"few voids", "judge sees tripwires", "enough labels"} <= failed
