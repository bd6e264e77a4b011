"""The score shown, as the learning document defines it."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from upspiral.errors import InvalidInput
from upspiral.route.base import Fact
from upspiral.route.beliefs import SuccessBeliefs
from upspiral.route.trust_score import Impacts, TrustFact, TrustFold, TrustStrength, fold, strength


def facts(approved: list[float], **more: object) -> list[TrustFact]:
    return [
        TrustFact(id=f"i{at}", at=at, approved=score, **more)  # type: ignore[arg-type]
        for at, score in enumerate(approved)
    ]


def test_a_dimension_moves_a_tenth_of_the_way_toward_its_signal() -> None:
    moved = TrustFold().update(TrustFact(id="1", at=0, approved=1.0, quality=87.5))
    assert moved.accuracy == pytest.approx(0.5 + 0.1 * (1.0 - 0.5))


def test_an_impact_is_added_before_the_tenth_is_taken() -> None:
    impacts = Impacts(accuracy=0.1, timeliness=0.05)
    fact = TrustFact(id="1", at=0, approved=1.0, quality=87.5, in_time=True, impacts=impacts)
    moved = TrustFold().update(fact)
    assert moved.accuracy == pytest.approx(0.5 + 0.1 * (0.5 + 0.1))
    assert moved.timeliness == pytest.approx(0.5 + 0.1 * (0.5 + 0.05))


def test_the_overall_score_weighs_the_four_and_grows_with_the_number() -> None:
    everything = (True, True, True, True)
    trust = TrustFold(accuracy=0.8, consistency=0.6, timeliness=1.0, reliability=0.9, n=30, known=everything)
    weighed = 0.8 * 0.40 + 0.6 * 0.25 + 1.0 * 0.15 + 0.9 * 0.20
    assert trust.confidence == pytest.approx(30 / 40)
    assert trust.overall == pytest.approx(weighed * 0.75)


def test_a_dimension_of_which_nothing_is_known_is_left_out_and_the_others_fill_its_place() -> None:
    right = fold(facts([1.0] * 2000, in_time=None))
    assert right.timeliness == 0.5
    assert right.overall == pytest.approx(1.0, abs=0.01)


def test_an_agent_that_is_always_wrong_is_trusted_less_than_one_that_is_right_half_the_time() -> None:
    wrong = fold(facts([0.0] * 40, quality=20.0))
    half = fold(facts([1.0, 0.0] * 20))
    assert wrong.overall < half.overall - 0.15
    assert fold(facts([0.0] * 40, quality=95.0)).accuracy < 0.02


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.5, 1.0]),
            st.one_of(st.none(), st.floats(0, 100)),
            st.sampled_from(["x", "y"]),
            st.booleans(),
        ),
        min_size=1,
        max_size=60,
    ),
    st.data(),
)
def test_all_else_equal_an_agent_with_more_approvals_is_never_trusted_less(
    said: list[tuple[float, float | None, str, bool]], data: st.DataObject
) -> None:
    seen = [
        TrustFact(id=str(i), at=i, approved=a, quality=q, kind=kind, delivered=ok)
        for i, (a, q, kind, ok) in enumerate(said)
    ]
    better = data.draw(st.sets(st.integers(0, len(seen) - 1)))
    raised = [structs.replace(one, approved=1.0) if i in better else one for i, one in enumerate(seen)]
    assert fold(raised).overall >= fold(seen).overall - 1e-12


@pytest.mark.parametrize(
    ("overall", "word"),
    [
        (0.0, "weak"),
        (0.39, "weak"),
        (0.4, "moderate"),
        (0.6, "strong"),
        (0.8, "very_strong"),
        (1, "very_strong"),
    ],
)
def test_the_score_has_a_word(overall: float, word: str) -> None:
    assert strength(overall) is TrustStrength(word)


def test_any_order_and_any_repetition_of_the_facts_gives_the_same_trust() -> None:
    rng = Random(0)
    seen = facts([float(rng.random() < 0.6) for _ in range(60)], kind="strategy", in_time=True)
    shuffled = rng.sample(seen, len(seen)) + seen[:5]
    assert fold(shuffled) == fold(seen)


def test_updating_one_by_one_is_folding() -> None:
    seen, trust = facts([1.0, 0.5, 0.0, 1.0]), TrustFold()
    for fact in seen:
        trust = trust.update(fact)
    assert trust == fold(seen)


def test_an_outcome_judged_again_replaces_the_earlier_verdict() -> None:
    first = TrustFact(id="1", at=0, approved=0.0)
    assert fold([first, TrustFact(id="1", at=0, approved=1.0)]).approval_rate == 1.0


def test_a_partial_approval_counts_half() -> None:
    trust = fold(facts([1.0, 0.5, 0.0, 0.5]))
    assert trust.approval_rate == 0.5
    assert trust.avg_quality_score == 50


def test_what_is_pending_moves_nothing_but_reliability() -> None:
    trust = TrustFold().update(TrustFact(id="1", at=0))
    assert (trust.n, trust.overall, trust.accuracy) == (0, 0.0, 0.5)
    assert trust.reliability > 0.5


def test_errors_cost_reliability_and_lateness_costs_timeliness() -> None:
    broken = TrustFold().update(TrustFact(id="1", at=0, approved=0.0, delivered=False, in_time=True))
    late = TrustFold().update(TrustFact(id="1", at=0, approved=1.0, in_time=False))
    assert broken.reliability == pytest.approx(0.45)
    assert broken.timeliness == pytest.approx(0.45)
    assert late.timeliness == pytest.approx(0.45)
    assert late.reliability == pytest.approx(0.55)


def test_steady_work_is_more_consistent_than_changing_work() -> None:
    qualities = {"steady": [80.0] * 40, "changing": [100.0, 60.0] * 20}
    found = {
        name: fold(TrustFact(id=str(i), at=i, approved=1.0, quality=q) for i, q in enumerate(said))
        for name, said in qualities.items()
    }
    assert found["steady"].avg_quality_score == pytest.approx(found["changing"].avg_quality_score)
    assert found["steady"].consistency > found["changing"].consistency + 0.15


def test_the_trend_is_named_when_it_is_shown_and_not_before() -> None:
    assert fold(facts([0.0] * 50 + [1.0] * 50)).trend == "improving"
    assert fold(facts([1.0] * 50 + [0.0] * 50)).trend == "declining"
    assert fold(facts([1.0, 0.0] * 50)).trend == "stable"
    assert fold(facts([1.0, 0.0])).trend == "stable"


def test_dependence_on_one_rater_is_shown() -> None:
    seen = [*facts([1.0] * 9, rater="anna"), TrustFact(id="x", at=99, approved=1.0, rater="ben")]
    assert fold(seen).one_rater_share == pytest.approx(0.9)


def test_no_stream_of_facts_leads_out_of_bounds() -> None:
    impact = Impacts(accuracy=1, consistency=-1, timeliness=1, reliability=-1)
    trust = fold(facts([1.0] * 200, impacts=impact, in_time=True))
    assert (trust.accuracy, trust.timeliness) == (1.0, 1.0)
    assert 0 <= trust.consistency <= 1
    assert 0 <= trust.reliability <= 1


@pytest.mark.parametrize(
    "given",
    [
        {"approved": 1.1},
        {"quality": -1.0},
        {"quality": math.nan},
        {"approved": 1.0, "at": math.nan},
        {"impacts": Impacts(accuracy=math.inf)},
    ],
)
def test_a_fact_out_of_range_cannot_be_made(given: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        TrustFact(**{"id": "1", "at": 0, **given})  # type: ignore[arg-type]


def test_a_change_is_dated_and_told_where_it_happened() -> None:
    rng, learned = Random(1), SuccessBeliefs()
    for at in range(600):
        score = float(rng.random() < (0.9 if at < 400 else 0.2))
        for agent, value in (("a", score), ("b", float(rng.random() < 0.7))):
            fact = Fact(agent=agent, domain="x", sequence=at, settled_at=1e9 + at, score=value)
            learned = learned.update(fact)
    told = learned.summarize(now=600)
    ((changed,), (steady,)) = told["a"], told["b"]
    assert changed.changed_at is not None
    assert 1e9 + 400 <= changed.changed_at.timestamp() < 1e9 + 450
    assert changed.high < 0.4
    assert steady.changed_at is None
    assert SuccessBeliefs().summarize(now=0) == {}
