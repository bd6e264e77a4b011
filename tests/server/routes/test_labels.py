"""A comparison by a judge is labeled by people, and only then does the gate decide."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
from tests.conftest import Maker
from tests.judges.site import AGENT, CASES, JudgedSite, answer_old, judged_site
from tests.server.conftest import client_of

from upspiral.app import App
from upspiral.capture import record
from upspiral.config import load
from upspiral.domain import Source
from upspiral.domain.ids import DEFAULT_WORKSPACE, InteractionId

pytestmark = pytest.mark.anyio
Fresh = tuple[JudgedSite, httpx2.AsyncClient]


@pytest.fixture
async def fresh(data: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Fresh]:
    """A site on which nothing was compared yet, and a client of it."""
    with judged_site(data) as site:
        for name, value in site.variables.items():
            monkeypatch.setenv(name, value)
        with App(load(data=data), nights=False) as app:
            async with client_of(app) as client:
                yield site, client


@pytest.fixture
def site_app(compared_site: JudgedSite) -> Iterator[App]:
    """A site whose versions a judge has compared."""
    with App(load(data=compared_site.data), nights=False) as app:
        yield app


@pytest.fixture
async def judged(site_app: App) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(site_app) as client:
        yield client


@pytest.fixture
def evaluation(site_app: App) -> str:
    """The comparison."""
    [found] = site_app.runtime.store.eval_reports.list_rows(site_app.workspace)
    return str(found.id)


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


@pytest.mark.long
async def test_the_gate_holds_until_people_have_labeled_and_decides_once_then(fresh: Fresh) -> None:
    site, judged = fresh
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
    judged: httpx2.AsyncClient, evaluation: str
) -> None:
    pairs = (await judged.get(f"/api/v1/evaluations/{evaluation}/pairs")).json()["items"]
    slices = [pair["slice"] for pair in pairs]
    for n in (8, 16, 24):
        assert abs(slices[:n].count("returns") - n / 4) <= 1


async def test_a_label_of_no_pair_or_of_another_word_is_refused(
    judged: httpx2.AsyncClient, evaluation: str
) -> None:
    path = f"/api/v1/evaluations/{evaluation}/labels"
    body = {"pair": "pair_none", "rater": "anna", "better": "tie"}
    refused = await judged.post(path, json=body)
    assert refused.status_code == 404
    assert "has no pair 'pair_none'" in refused.text
    assert (await judged.post(path, json=body | {"better": "mine"})).status_code == 422
    assert (await judged.get("/api/v1/evaluations/none/pairs")).status_code == 404


@pytest.mark.long
async def test_a_judge_that_answers_nothing_but_nonsense_is_no_evidence(fresh: Fresh) -> None:
    site, judged = fresh
    site.judge._answer = lambda asked: "I would rather not say."
    body = {"agent": AGENT, "candidate": site.candidate, "incumbent": site.incumbent}
    found = (await judged.post("/api/v1/evaluations", json=body, timeout=60)).json()
    assert found["void"] == CASES
    held = (await judged.post(f"/api/v1/evaluations/{found['id']}/decision")).json()
    assert (held["passed"], held["alpha"]) == (False, 0)
    failed = {check["name"] for check in held["checks"] if not check["passed"]}
    assert {"few voids", "judge sees tripwires", "enough labels"} <= failed


def _record_answers(app: App, make: Maker) -> None:
    """Write down that users were given what the live version answers; of two cases it was something else."""
    given = [
        make.interaction(f"What about {n}", answer_old(f"What about {n}"), id=InteractionId(f"int{n}"))
        for n in range(CASES - 2)
    ]
    others = [make.interaction(id=InteractionId(f"int{n}"), answer="Else.") for n in (CASES - 2, CASES - 1)]
    record(app.runtime.store, *given, *others)


def _list_preferences(app: App, n: int) -> list[tuple[str, float | None]]:
    said = app.runtime.store.feedback.about(DEFAULT_WORKSPACE, [InteractionId(f"int{n}")])
    return [(one.rater, one.score) for one in said if one.source is Source.PREFERENCE]


async def _say(api: httpx2.AsyncClient, evaluation: str, n: int, rater: str, better: str) -> None:
    path = f"/api/v1/evaluations/{evaluation}"
    pairs = (await api.get(f"{path}/pairs")).json()["items"]
    [pair] = [one["pair"] for one in pairs if one["question"].split()[-1] == str(n)]
    body = {"pair": pair, "rater": rater, "better": better}
    assert (await api.post(f"{path}/labels", json=body)).status_code == 201


async def test_a_label_of_an_answer_that_was_given_is_feedback_and_the_same_label_twice_is_one(
    judged: httpx2.AsyncClient, evaluation: str, site_app: App, make: Maker
) -> None:
    _record_answers(site_app, make)
    for _ in range(2):
        await _say(judged, evaluation, 3, "anna", "candidate")
        await _say(judged, evaluation, 4, "anna", "incumbent")
        await _say(judged, evaluation, 5, "anna", "tie")
        await _say(judged, evaluation, CASES - 1, "anna", "candidate")
    assert _list_preferences(site_app, 3) == [("anna", 0.25)]
    assert _list_preferences(site_app, 4) == [("anna", 0.75)]
    assert _list_preferences(site_app, 5) == []
    assert _list_preferences(site_app, CASES - 1) == []
    outcomes = site_app.runtime.store.outcomes.of(
        DEFAULT_WORKSPACE, [InteractionId(f"int{n}") for n in (3, 4)]
    )
    assert [outcomes[InteractionId(f"int{n}")].status for n in (3, 4)] == ["failure", "success"]


async def test_a_label_that_is_changed_counts_as_it_is_now_and_disagreement_stays_visible(
    judged: httpx2.AsyncClient, evaluation: str, site_app: App, make: Maker
) -> None:
    _record_answers(site_app, make)
    for better in ("candidate", "incumbent", "candidate"):
        await _say(judged, evaluation, 3, "anna", better)
    await _say(judged, evaluation, 3, "ben", "incumbent")
    assert _list_preferences(site_app, 3)[-1] == ("ben", 0.75)
    outcome = site_app.runtime.store.outcomes.of(DEFAULT_WORKSPACE, [InteractionId("int3")])
    [folded] = outcome.values()
    assert (folded.score, folded.reason) == (0.5, "preference by 2 raters: 0.50")
    await _say(judged, evaluation, 3, "ben", "tie")
    [folded] = site_app.runtime.store.outcomes.of(DEFAULT_WORKSPACE, [InteractionId("int3")]).values()
    assert folded.score == (0.25 + 0.5) / 2


async def test_a_persons_word_about_the_answer_itself_goes_before_a_label(
    judged: httpx2.AsyncClient, evaluation: str, site_app: App, make: Maker
) -> None:
    _record_answers(site_app, make)
    await _say(judged, evaluation, 3, "anna", "candidate")
    sent = await judged.post("/api/v1/feedback", json={"interaction": "int3", "thumbs": "up"})
    assert sent.status_code < 300
    [folded] = site_app.runtime.store.outcomes.of(DEFAULT_WORKSPACE, [InteractionId("int3")]).values()
    assert (folded.status, folded.score) == ("success", 1.0)
