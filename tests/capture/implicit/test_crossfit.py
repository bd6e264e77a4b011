"""Chances of unseen rows are calibrated, and pure noise is not taken for knowledge."""

import numpy as np
import pytest

from upspiral.capture.implicit.crossfit import Floats, Ints, crossfit, split_groups
from upspiral.stats.calibration import bin_predictions, measure_brier_gain


def world(seed: int, strength: float, *, n: int = 400) -> tuple[Floats, Floats, Ints]:
    """Rows of four in a group; the chance of each depends on its first column."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 6))
    truth = (rng.random(n) < 1 / (1 + np.exp(-strength * x[:, 0]))).astype(np.float64)
    return x, truth, np.arange(n) // 4


@pytest.mark.long
def test_chances_of_unseen_rows_are_true_to_their_word() -> None:
    x, truth, groups = world(1, 2.0, n=1200)
    fit = crossfit(x, truth, groups)
    for one in bin_predictions(truth, fit.predicted):
        assert abs(one.predicted - one.observed) < 0.1
    assert measure_brier_gain(truth, fit.predicted, fit.base, groups).is_better


def test_a_fold_never_splits_a_group() -> None:
    _, truth, groups = world(2, 1.0)
    folds = split_groups(truth, groups)
    assert all(not set(groups[seen]) & set(groups[left]) for seen, left in folds)
    assert sorted(place for _, left in folds for place in left.tolist()) == list(range(len(truth)))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(8))
def test_noise_is_not_better_than_the_base_rate(seed: int) -> None:
    x, truth, groups = world(seed, 0.0)
    fit = crossfit(x, truth, groups)
    assert not measure_brier_gain(truth, fit.predicted, fit.base, groups, confidence=0.99).is_better


@pytest.mark.long
def test_what_a_group_alone_knows_does_not_count() -> None:
    # Every row of a group is alike in truth and in a column that only the group has: nothing to learn.
    rng = np.random.default_rng(4)
    groups = np.arange(240) // 4
    truth = np.repeat((rng.random(60) < 0.5).astype(np.float64), 4)
    x = np.eye(60)[groups]
    fit = crossfit(x, truth, groups)
    assert not measure_brier_gain(truth, fit.predicted, fit.base, groups).is_better


@pytest.mark.long
def test_the_same_rows_give_the_same_chances() -> None:
    x, truth, groups = world(5, 1.0)
    assert crossfit(x, truth, groups).predicted.tolist() == crossfit(x, truth, groups).predicted.tolist()
