"""Pairs against planted truth."""

import numpy as np

from upspiral.stats.paired import detectable_gain, gain_interval, mcnemar_exact, not_worse, pairs_needed


def _pairs(rng: np.random.Generator, n: int, win: float, lose: float) -> tuple[int, int]:
    wins, losses, _ = rng.multinomial(n, [win, lose, 1 - win - lose])
    return int(wins), int(losses)


def test_the_interval_of_the_gain_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(2000):
        limits = gain_interval(*_pairs(rng, 150, 0.15, 0.05), 150)
        covered += limits.low <= 0.10 <= limits.high
    assert 0.93 <= covered / 2000 <= 0.97


def test_a_candidate_worse_by_the_margin_is_called_not_worse_in_at_most_alpha() -> None:
    rng = np.random.default_rng(1)
    fooled = sum(not_worse(*_pairs(rng, 300, 0.05, 0.07), 300, margin=0.02, alpha=0.05) for _ in range(2000))
    assert fooled / 2000 <= 0.06


def test_the_planned_number_of_pairs_has_the_planned_power() -> None:
    rng = np.random.default_rng(2)
    n = pairs_needed(0.2, 0.1)
    shown = sum(mcnemar_exact(*_pairs(rng, n, 0.15, 0.05)) <= 0.05 for _ in range(1000))
    assert 0.72 <= shown / 1000 <= 0.88


def test_what_can_be_detected_shrinks_with_more_pairs() -> None:
    assert detectable_gain(100, 0.2) > detectable_gain(1000, 0.2)
    assert detectable_gain(0, 0.2) == 1.0
