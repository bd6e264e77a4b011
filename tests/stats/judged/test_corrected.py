"""Rates that are corrected by labels, on planted judges."""

import numpy as np
import pytest

from upspiral.stats.judged.corrected import Labeled, best_weight, correct_mean

DRAWS = 2000


@pytest.mark.parametrize("labels", [60, 150])
@pytest.mark.parametrize("harshness", [0.0, 0.3])
def test_the_interval_holds_peoples_rate_in_93_to_97_percent(labels: int, harshness: float) -> None:
    rng = np.random.default_rng(labels)
    held = 0
    for _ in range(DRAWS):
        y = (rng.random(600) < 0.6).astype(float)
        f = np.where(rng.random(600) < 0.8, y, 1 - y)
        f = np.where(rng.random(600) < harshness, 0.0, f)
        few = Labeled(y[:labels].tolist(), f[:labels].tolist())
        found = correct_mean(few, f[labels:].tolist())
        held += found.low <= 0.6 <= found.high
    assert 0.93 <= held / DRAWS <= 0.97


def test_a_judge_who_knows_nothing_does_not_widen_the_interval_of_the_labels() -> None:
    rng = np.random.default_rng(5)
    y, f = rng.choice([1.0, -1.0], 200), rng.choice([1.0, -1.0], 5000)
    few = Labeled(y.tolist(), f[:200].tolist())
    assert correct_mean(few, f[200:].tolist()).error <= correct_mean(few, []).error * 1.001


def test_a_perfect_judge_counts_as_if_everything_were_labeled() -> None:
    y = np.random.default_rng(6).choice([1.0, 0.0, -1.0], 2000)
    few = Labeled(y[:100].tolist(), y[:100].tolist())
    found = correct_mean(few, y[100:].tolist())
    assert found.weight > 0.9
    assert found.error < 1.1 * float(y.std()) / np.sqrt(2000)


def test_a_judge_who_says_always_the_same_has_no_weight() -> None:
    assert best_weight(np.array([1.0, -1.0] * 20), np.ones(40), 0.1) == 0.0


def test_one_label_is_refused_with_its_number() -> None:
    with pytest.raises(ValueError, match="1 labels"):
        correct_mean(Labeled([1.0], [1.0]), [1.0] * 10)
