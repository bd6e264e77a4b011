"""Judged pairs whose truth is planted: judges who err by length, by position, and for their own kind."""

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.random import Generator

from upspiral.stats.judged.betting import Bounds
from upspiral.stats.judged.corrected import Labeled
from upspiral.stats.judged.gain import (
    LABELS_ALONE,
    bias_bound,
    gain_p_value,
    labels_needed,
    mean_interval,
    p_value_given_bias,
)
from upspiral.stats.paired import mcnemar_exact

LIVES, PAIRS, ALPHA = 400, 1000, 0.05
MAX_FALSE_SHARE = 0.05 + 3 * np.sqrt(0.05 * 0.95 / LIVES)
"""Three standard errors above what is promised."""


@dataclass(frozen=True)
class Planted:
    """What people say of every pair, and what a judge says."""

    labels: np.ndarray[tuple[int], np.dtype[np.float64]]
    verdicts: np.ndarray[tuple[int], np.dtype[np.float64]]

    def labeled(self, n: int) -> Labeled:
        return Labeled(self.labels[:n].tolist(), self.verdicts[:n].tolist())


def plant(rng: Generator, *, gain: float, bias: float, error: str = "length") -> Planted:
    """Plant a judge who agrees with people on three of four pairs and errs by ``bias`` for the candidate.

    ``self`` turns verdicts on every kind of pair; ``length`` only where the candidate is longer, which people
    like less; ``ties`` breaks what people call equal; ``position`` takes the first answer in a share of the
    pairs, in either order, which both orders undo.
    """
    labels = rng.choice([1.0, 0.0, -1.0], size=PAIRS, p=[0.3 + gain / 2, 0.4, 0.3 - gain / 2])
    noise = rng.choice([1.0, 0.0, -1.0], size=PAIRS, p=[0.3, 0.4, 0.3])
    verdicts = np.where(rng.random(PAIRS) < 0.6, labels, noise)
    if error == "position":
        return Planted(labels, np.where(rng.random(PAIRS) < bias, 0.0, verdicts))
    moved = rng.random(PAIRS) < bias / max(0.1, 1 - float(verdicts.mean()))
    if error == "length":
        longer = rng.random(PAIRS) < np.where(labels > 0, 0.3, 0.6)
        moved = longer & (rng.random(PAIRS) < bias / 0.45)
    if error == "ties":
        moved = (labels == 0) & (rng.random(PAIRS) < bias / 0.4)
    return Planted(labels, np.where(moved, 1.0, verdicts))


@pytest.mark.long
@pytest.mark.parametrize("error", ["length", "self", "ties", "position"])
@pytest.mark.parametrize("labels", [20, 60, 300])
def test_a_dud_that_a_judge_favors_by_10_points_is_let_out_in_at_most_5_percent(
    error: str, labels: int
) -> None:
    rng = np.random.default_rng(labels)
    fooled = 0
    for _ in range(LIVES):
        pairs = plant(rng, gain=0.0, bias=0.10, error=error)
        p = gain_p_value(pairs.labeled(labels), pairs.verdicts[labels:].tolist(), alpha=ALPHA)
        fooled += p <= ALPHA
    assert fooled / LIVES <= MAX_FALSE_SHARE


def test_an_exact_test_of_the_raw_verdicts_lets_most_duds_out() -> None:
    rng = np.random.default_rng(1)
    fooled = 0
    for _ in range(100):
        verdicts = plant(rng, gain=0.0, bias=0.10).verdicts
        fooled += mcnemar_exact(int((verdicts > 0).sum()), int((verdicts < 0).sum())) <= ALPHA
    assert fooled > 50


@pytest.mark.long
@pytest.mark.parametrize(
    ("labels", "gain", "at_least"), [(60, 0.40, 0.6), (300, 0.15, 0.8), (900, 0.10, 0.8)]
)
def test_a_gain_that_the_labels_can_show_is_shown(labels: int, gain: float, at_least: float) -> None:
    rng = np.random.default_rng(labels)
    shown = 0
    for _ in range(LIVES):
        pairs = plant(rng, gain=gain, bias=0.0)
        p = gain_p_value(pairs.labeled(labels), pairs.verdicts[labels:].tolist(), alpha=ALPHA)
        shown += p <= ALPHA
    assert shown / LIVES >= at_least


def test_verdicts_of_a_good_judge_show_what_the_labels_alone_do_not() -> None:
    rng = np.random.default_rng(7)
    with_judge = without = 0
    for _ in range(100):
        labels = rng.choice([1.0, 0.0, -1.0], size=PAIRS, p=[0.4, 0.3, 0.3])
        verdicts = np.where(rng.random(PAIRS) < 0.95, labels, 0.0)
        few = Labeled(labels[:300].tolist(), verdicts[:300].tolist())
        with_judge += gain_p_value(few, verdicts[300:].tolist()) <= ALPHA
        without += gain_p_value(few, []) <= ALPHA
    assert with_judge > without + 20


@pytest.mark.long
def test_a_judge_whose_error_is_bounded_by_labels_of_an_earlier_night_fools_nobody() -> None:
    rng = np.random.default_rng(3)
    fooled = 0
    for _ in range(LIVES):
        earlier, tonight = (plant(rng, gain=0.0, bias=0.10) for _ in range(2))
        shift = bias_bound(earlier.labeled(150), alpha=ALPHA / 2)
        fooled += p_value_given_bias(tonight.verdicts.tolist(), shift=shift, alpha=ALPHA / 2) <= ALPHA / 2
    assert fooled / LIVES <= MAX_FALSE_SHARE


def test_a_margin_is_ruled_out_only_where_the_truth_is_above_it() -> None:
    rng = np.random.default_rng(4)
    wrong = right = 0
    for _ in range(100):
        worse, better = plant(rng, gain=-0.2, bias=0.1), plant(rng, gain=0.1, bias=0.1)
        for pairs in (worse, better):
            p = gain_p_value(pairs.labeled(300), pairs.verdicts[300:].tolist(), limit=-0.2)
            wrong += pairs is worse and p <= ALPHA
            right += pairs is better and p <= ALPHA
    assert wrong <= 12
    assert right >= 95


@pytest.mark.long
@pytest.mark.parametrize("n", [30, 100, 400])
def test_an_interval_of_a_mean_interval_holds_the_truth(n: int) -> None:
    rng = np.random.default_rng(n)
    missed = 0
    for _ in range(LIVES):
        values = rng.choice([1.0, 0.0, -1.0], size=n, p=[0.1, 0.1, 0.8])
        found = mean_interval(values, bounds=LABELS_ALONE, alpha=0.05)
        missed += not found.low <= -0.7 <= found.high
    assert missed / LIVES <= MAX_FALSE_SHARE


def test_values_that_are_all_the_same_prove_no_more_than_their_number() -> None:
    assert gain_p_value(Labeled([1.0] * 5, [1.0] * 5), [1.0] * 1000) > 0.05
    assert mean_interval(np.zeros(5), bounds=Bounds(-2, 2), alpha=0.05).high > 0.3
    assert bias_bound(Labeled([], []), alpha=0.05) == 2


def test_without_labels_nothing_is_shown_however_clear_the_verdicts_are() -> None:
    assert gain_p_value(Labeled([], []), [1.0] * 5000) == 1.0


def test_five_points_need_about_a_thousand_labels_where_a_judge_agrees_on_three_of_four() -> None:
    assert 500 <= labels_needed(Labeled([], []), 0.05) <= 1000
    agreeing = Labeled([1.0, -1.0] * 50, [1.0, -1.0] * 50)
    assert labels_needed(agreeing, 0.05) == 2
