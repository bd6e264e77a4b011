"""A change of a daily rate, against planted truth."""

import numpy as np
import pytest

from upspiral.stats.change.permutation import change
from upspiral.stats.proportions import wilson


def _alarms(rates: np.ndarray, totals: np.ndarray, *, runs: int, seed: int, spread: float = 0.0) -> list[str]:
    rng = np.random.default_rng(seed)
    said: list[str] = []
    for _ in range(runs):
        p = rates if spread == 0 else rng.beta(rates / spread, (1 - rates) / spread)
        found = change(rng.binomial(totals, p).tolist(), totals.tolist(), rng=rng, draws=199)
        said.append(found.direction)
    return said


@pytest.mark.long
def test_a_constant_rate_is_called_changed_in_at_most_five_percent() -> None:
    for days, size, rate in ((7, 30, 0.1), (14, 100, 0.3), (30, 8, 0.05)):
        said = _alarms(np.full(days, rate), np.full(days, size), runs=400, seed=days)
        false = sum(word != "steady" for word in said)
        assert wilson(false, len(said)).low <= 0.05
        assert false / len(said) <= 0.08


def test_days_that_differ_by_more_than_chance_raise_few_false_alarms() -> None:
    said = _alarms(np.full(14, 0.2), np.full(14, 200), runs=300, seed=1, spread=0.02)
    assert sum(word != "steady" for word in said) <= 0.08 * 300


def test_a_doubled_rate_is_found_and_its_day_is_near() -> None:
    rng = np.random.default_rng(2)
    rates = np.where(np.arange(14) < 9, 0.1, 0.2)
    found = [change(rng.binomial(100, rates).tolist(), [100] * 14, rng=rng, draws=199) for _ in range(100)]
    right = [f for f in found if f.direction == "growing"]
    assert len(right) >= 90
    assert np.mean([abs((f.day or 0) - 9) <= 1 for f in right]) >= 0.7


def test_a_rate_that_falls_is_fading() -> None:
    found = change([20, 22, 19, 21, 5, 4], [50] * 6, rng=np.random.default_rng(0))
    assert (found.direction, found.day) == ("fading", 4)


def test_days_without_conversations_are_passed_over() -> None:
    found = change([2, 0, 1, 0, 18, 0, 19], [20, 0, 20, 0, 20, 0, 20], rng=np.random.default_rng(0))
    assert (found.direction, found.day) == ("growing", 4)


def test_nothing_or_everything_is_steady() -> None:
    rng = np.random.default_rng(0)
    assert change([], [], rng=rng).direction == "steady"
    assert change([0, 0, 0], [5, 5, 5], rng=rng).direction == "steady"
    assert change([5, 5, 5], [5, 5, 5], rng=rng).after == 1.0
