"""Intervals of shares cover the truth about as often as they say."""

import numpy as np
import pytest

from upspiral.stats.proportions import exceeds, newcombe, wilson


@pytest.mark.parametrize("truth", [0.05, 0.5, 0.9])
def test_an_interval_covers_a_planted_share_about_as_often_as_it_says(truth: float) -> None:
    drawn = np.random.default_rng(0).binomial(60, truth, 2_000)
    covered = [wilson(int(k), 60).low <= truth <= wilson(int(k), 60).high for k in drawn]
    assert 0.93 <= np.mean(covered) <= 0.98


def test_an_interval_of_a_difference_covers_a_planted_one_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    pairs = zip(rng.binomial(80, 0.7, 1_000), rng.binomial(50, 0.5, 1_000), strict=True)
    limits = [newcombe((int(a), 80), (int(b), 50)) for a, b in pairs]
    assert 0.93 <= np.mean([one.low <= 0.2 <= one.high for one in limits]) <= 0.98


def test_more_confidence_is_a_wider_interval_and_more_evidence_a_narrower_one() -> None:
    assert wilson(8, 10, 0.99).low < wilson(8, 10).low < wilson(80, 100).low
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


@pytest.mark.parametrize(("successes", "n", "chance"), [(0, 10, 1.0), (10, 10, 0.5**10), (0, 0, 1.0)])
def test_the_chance_of_so_many_is_that_of_coins(successes: int, n: int, chance: float) -> None:
    assert exceeds(successes, n, 0.5) == pytest.approx(chance)
