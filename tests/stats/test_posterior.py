"""Posteriors that lend each other strength, against planted truth."""

from random import Random

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaincinv

from upspiral.stats.posterior import (
    DECISION_PRIOR,
    DISPLAY_PRIOR,
    Belief,
    DecayedCounts,
    Spread,
    chance_of_best,
    decay,
    fit_variances,
    limits,
    posterior,
)


def counted(outcomes: list[tuple[int, float]]) -> DecayedCounts:
    tally = DecayedCounts()
    for at, score in outcomes:
        tally = tally.plus(score, at=at, half_life=50)
    return tally


def test_the_order_in_which_outcomes_arrive_does_not_matter() -> None:
    outcomes = [(at, float(at % 3 == 0)) for at in range(200)]
    shuffled = Random(0).sample(outcomes, len(outcomes))
    one, other = counted(outcomes), counted(shuffled)
    assert one.rate == pytest.approx(other.rate)
    assert one.size(200, 50) == pytest.approx(other.size(200, 50))


def test_an_outcome_counts_half_after_its_half_life() -> None:
    tally = counted([(0, 1.0), (50, 0.0)])
    assert tally.rate == pytest.approx(1 / 3)
    assert decay(100, 50) == 0.25


def test_what_was_not_seen_for_long_is_known_less_surely() -> None:
    tally = counted([(at, 1.0) for at in range(100)])
    assert tally.size(199, 50) == pytest.approx(tally.size(99, 50) / 4)


def test_a_tally_survives_json() -> None:
    tally = counted([(3, 0.5), (9, 1.0)])
    assert msgspec.json.decode(msgspec.json.encode(tally), type=DecayedCounts) == tally


@pytest.mark.long
def test_intervals_cover_the_truth_about_as_often_as_they_say() -> None:
    rng, hits, runs = np.random.default_rng(0), 0, 60
    for _ in range(runs):
        truth = 0.7 + 0.1 * rng.standard_normal((8, 1)) + 0.07 * rng.standard_normal((8, 4))
        truth = np.clip(truth, 0.05, 0.95)
        sizes = rng.poisson(80, (8, 4)).astype(float)
        rates = rng.binomial(sizes.astype(int), truth) / np.maximum(sizes, 1)
        alpha, beta = posterior(rates, sizes, fit_variances(rates, sizes))
        low, high = betaincinv(alpha, beta, 0.025), betaincinv(alpha, beta, 0.975)
        hits += int(((low <= truth) & (truth <= high)).sum())
    assert 0.93 <= hits / (runs * 32) <= 0.97


def test_a_new_agent_is_thought_like_the_fleet_and_less_surely() -> None:
    rates, sizes = np.full((6, 3), 0.8), np.full((6, 3), 200.0)
    sizes[5] = 0
    alpha, beta = posterior(rates, sizes, fit_variances(rates, sizes))
    new, old = Belief(alpha[5, 0], beta[5, 0]), Belief(alpha[0, 0], beta[0, 0])
    assert new.mean == pytest.approx(0.8, abs=0.05)
    assert new.interval()[1] - new.interval()[0] > 2 * (old.interval()[1] - old.interval()[0])


def test_an_agent_weak_in_one_domain_only_is_found_weak_there_only() -> None:
    rates, sizes = np.full((5, 4), 0.8), np.full((5, 4), 300.0)
    rates[0, 0] = 0.3
    alpha, beta = posterior(rates, sizes, fit_variances(rates, sizes))
    mean = alpha / (alpha + beta)
    assert mean[0, 0] < 0.35
    assert mean[0, 1] > 0.75


def test_domains_that_do_not_matter_are_recognised() -> None:
    rng = np.random.default_rng(1)
    sizes = np.full((8, 4), 2_000.0)
    truth = np.linspace(0.5, 0.9, 8)[:, None] * np.ones(4)
    likely = fit_variances(rng.binomial(2_000, truth) / 2_000, sizes)
    assert sum(spread.weight for spread in likely if spread.cells <= 0.0004) > 0.9


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.5, 1e5), st.floats(0.5, 1e5), st.floats(0, 0.2)), min_size=1, max_size=8)
)
def test_chances_of_being_best_always_add_up_to_one(cases: list[tuple[float, float, float]]) -> None:
    alpha, beta, handicap = (np.array(column) for column in zip(*cases, strict=True))
    chances = chance_of_best(alpha, beta, handicap)
    assert np.isfinite(chances).all()
    assert (chances >= 0).all()
    assert chances.sum() == pytest.approx(1)


def test_chances_of_being_best_agree_with_drawing() -> None:
    rng = np.random.default_rng(0)
    for _ in range(10):
        alpha, beta = rng.uniform(0.5, 60, 6), rng.uniform(0.5, 20, 6)
        handicap = rng.uniform(0, 0.05, 6)
        best = (rng.beta(alpha, beta, (40_000, 6)) - handicap).argmax(axis=1)
        drawn = np.bincount(best, minlength=6) / 40_000
        assert np.abs(drawn - chance_of_best(alpha, beta, handicap)).max() < 0.015


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1)])
def test_a_single_agent_or_domain_is_no_special_case(shape: tuple[int, int]) -> None:
    for sizes in (np.zeros(shape), np.full(shape, 1e9)):
        rates = np.ones(shape)
        alpha, beta = posterior(rates, sizes, fit_variances(rates, sizes))
        assert np.isfinite(alpha).all()
        assert (alpha > 0).all()
        assert (beta > 0).all()


def test_one_given_spread_is_taken_as_it_is() -> None:
    rates, sizes = np.array([[0.9], [0.1]]), np.full((2, 1), 10.0)
    loose = posterior(rates, sizes, [Spread(0.05, 0.01, 0.01)])
    tight = posterior(rates, sizes, [Spread(0.0001, 0.01, 0.0)])
    means = [alpha / (alpha + beta) for alpha, beta in (loose, tight)]
    assert means[0][0, 0] - means[0][1, 0] > means[1][0, 0] - means[1][1, 0]


@pytest.mark.parametrize(("rate", "side"), [(0.0, 1), (1.0, 2)])
@pytest.mark.parametrize("n", [1.0, 5.0, 200.0])
def test_limits_reach_zero_and_one_where_all_outcomes_were_alike_and_only_there(
    rate: float, side: int, n: float
) -> None:
    rates, sizes = np.array([[rate, 0.6], [0.5, 0.6]]), np.full((2, 2), n)
    found = limits(rates, sizes, fit_variances(rates, sizes, DISPLAY_PRIOR))
    assert found[side][0, 0] == rate
    others = found[side].ravel()[1:]
    assert ((others > 0) & (others < 1)).all()
    unseen = limits(rates, np.zeros((2, 2)), fit_variances(rates, np.zeros((2, 2)), DISPLAY_PRIOR))
    assert 0 < unseen[side][0, 0] < 1


def test_shown_limits_hold_the_truth_where_little_is_known_and_domains_matter() -> None:
    hits = total = 0
    for seed in range(15):
        rng = np.random.default_rng(seed)
        rates = np.clip(
            0.7 + 0.07 * rng.standard_normal((8, 1)) + 0.12 * rng.standard_normal((8, 4)), 0.05, 0.95
        )
        sizes = rng.poisson(6, (8, 4)).astype(float)
        seen = rng.binomial(sizes.astype(int), rates) / np.maximum(sizes, 1)
        mean, low, high = limits(seen, sizes, fit_variances(seen, sizes, DISPLAY_PRIOR))
        assert bool(np.all((low < mean) & (mean < high)))
        hits += int(((low <= rates) & (rates <= high)).sum())
        total += rates.size
    assert 0.91 < hits / total < 0.99


def test_a_mixture_has_its_limits_where_its_parts_together_say() -> None:
    sizes, rates = np.full((3, 2), 8.0), np.array([[0.9, 0.2], [0.5, 0.5], [0.7, 0.9]])
    likely = [Spread(cells=0.0, weight=0.5), Spread(cells=0.04, weight=0.5)]
    _, low, high = limits(rates, sizes, likely)
    apart = [limits(rates, sizes, [one]) for one in likely]
    assert bool(np.all(low >= np.minimum(apart[0][1], apart[1][1]) - 1e-3))
    assert bool(np.all(high <= np.maximum(apart[0][2], apart[1][2]) + 1e-3))


def test_both_beliefs_beforehand_are_distributions() -> None:
    for beforehand in (DECISION_PRIOR, DISPLAY_PRIOR):
        assert beforehand.cells[0] == 0
        assert len(beforehand.cells) == len(beforehand.chances)
        assert sum(beforehand.chances) == pytest.approx(1)
