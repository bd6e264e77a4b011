"""Predictions are held against planted chances."""

import numpy as np
import pytest

from upspiral.stats.calibration import bin_predictions, measure_brier_gain


def test_true_chances_are_better_than_the_base_rate_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    chance = rng.choice([0.1, 0.9], 2_000)
    truth = (rng.random(2_000) < chance).astype(float)
    base, groups = np.full(2_000, truth.mean()), np.arange(2_000) // 4
    good = measure_brier_gain(truth, chance, base, groups)
    assert good.is_better
    assert good.brier == pytest.approx(0.09, abs=0.02)
    assert good.low < good.gain < good.high
    noise = measure_brier_gain(truth, rng.random(2_000), base, groups)
    assert not noise.is_better


def test_predictions_that_are_the_base_rate_are_called_better_in_about_a_fortieth_of_runs() -> None:
    rng = np.random.default_rng(1)
    better = 0
    for _ in range(300):
        truth = (rng.random(200) < 0.5).astype(float)
        said = np.clip(0.5 + rng.normal(0, 0.02, 200), 0, 1)
        better += measure_brier_gain(truth, said, np.full(200, 0.5), np.arange(200)).is_better
    assert better <= 20


def test_groups_that_all_say_the_same_are_one_piece_of_evidence() -> None:
    truth, said = np.tile([0.0, 1.0], 50), np.tile([0.2, 0.8], 50)
    base = np.full(100, 0.5)
    alone = measure_brier_gain(truth, np.where(np.arange(100) < 40, said, base), base, np.arange(100))
    together = measure_brier_gain(
        truth, np.where(np.arange(100) < 40, said, base), base, np.arange(100) // 20
    )
    assert together.groups == 5
    assert together.high - together.low > alone.high - alone.low


def test_each_step_of_predictions_says_what_came_of_it() -> None:
    said = np.array([0.05, 0.15, 0.95, 1.0])
    found = bin_predictions(np.array([0.0, 1.0, 1.0, 1.0]), said, bins=5)
    assert [(one.n, one.observed) for one in found] == [(2, 0.5), (2, 1.0)]
    assert found[0].predicted == pytest.approx(0.1)
