"""What the proof of a gain takes follows from what is hoped for, recorded and known of the judge."""

from random import Random

import pytest

from upspiral.config import Settings, load
from upspiral.cycle.planning.plan import Pace
from upspiral.cycle.planning.power import CallUse, ProofPlan, describe_proof, plan_proof
from upspiral.stats.judged.corrected import Labeled

SEEN = Pace(recorded=600, rated=60, failed=12, per_day=4, recorded_per_day=40)
UNKNOWN = Labeled([], [])
ANSWER, VERDICT = CallUse(600, 0.002), CallUse(900, 0.001)


def _settings(**more: object) -> Settings:
    return load(**more)


def _plan(settings: Settings, seen: Pace = SEEN, labeled: Labeled = UNKNOWN) -> ProofPlan:
    return plan_proof(seen, settings, labeled=labeled, answer=ANSWER, verdict=VERDICT)


def _label(agrees: float, n: int = 200) -> Labeled:
    rng = Random(1)
    labels = [rng.choice((1.0, 0.0, -1.0)) for _ in range(n)]
    return Labeled(labels, [y if rng.random() < agrees else rng.choice((1.0, 0.0, -1.0)) for y in labels])


@pytest.fixture
def judged() -> Settings:
    return _settings(evaluate={"scorer": "judge"})


def test_a_judge_that_people_agree_with_needs_fewer_labels(judged: Settings) -> None:
    good, poor = (_plan(judged, labeled=_label(agrees)) for agrees in (0.95, 0.6))
    assert good.labels
    assert poor.labels
    assert good.labels < poor.labels / 2
    assert good.labels_there == 200


def test_each_pair_costs_an_answer_of_the_candidate_and_two_verdicts(judged: Settings) -> None:
    busy = Pace(recorded=9_000, rated=60, failed=12, per_day=4, recorded_per_day=600)
    plan = _plan(judged, busy)
    assert plan.tokens == plan.pairs * (600 + 2 * 900)
    assert plan.usd == pytest.approx(plan.pairs * (0.002 + 2 * 0.001))
    few = _plan(judged)  # only 180 of their answers were drawn where nothing is taught
    assert few.tokens == few.pairs * (600 + 2 * 900) + (few.pairs - 180) * 600
    unknown = plan_proof(SEEN, judged, labeled=UNKNOWN, answer=CallUse(600, None), verdict=VERDICT)
    assert unknown.usd is None


def test_the_pairs_are_there_after_the_days_that_the_traffic_needs(judged: Settings) -> None:
    plan = _plan(judged)
    assert plan.days
    later = Pace(
        recorded=SEEN.recorded + round(plan.days * SEEN.recorded_per_day) + 1,
        rated=SEEN.rated,
        failed=SEEN.failed,
        per_day=SEEN.per_day,
        recorded_per_day=SEEN.recorded_per_day,
    )
    assert _plan(judged, later).days == 0
    assert _plan(judged, later).pairs == plan.pairs


def test_a_site_that_is_not_asked_any_more_waits_for_ever_and_is_told_so(judged: Settings) -> None:
    plan = _plan(judged, Pace(recorded=10, rated=2, failed=1, per_day=0, recorded_per_day=0))
    assert plan.days is None
    assert "no others come" in describe_proof(plan)


def test_too_small_a_limit_of_cases_is_named_in_the_words(judged: Settings) -> None:
    few = _settings(evaluate={"scorer": "judge"}, curate={"recorded_cases": 50})
    assert _plan(judged).labels
    plan = _plan(few)
    assert (plan.pairs, plan.labels) == (50, None)
    assert "curate.recorded_cases" in describe_proof(plan)


def test_by_a_scorer_rated_conversations_prove_it_and_nobody_labels() -> None:
    plan = _plan(_settings())
    assert not plan.judged
    assert (plan.labels, plan.labels_there) == (0, 0)
    assert plan.tokens == 2 * plan.pairs * 600
    assert "label" not in describe_proof(plan)


def test_without_recorded_cases_a_judged_night_needs_failures_with_an_answer() -> None:
    only_rated = _settings(evaluate={"scorer": "judge"}, curate={"recorded_cases": 0})
    assert not _plan(only_rated).judged
