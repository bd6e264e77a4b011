"""The canary's evidence, against planted truth."""

import numpy as np
import pytest

from upspiral.stats.proportions import wilson
from upspiral.stats.sequential import difference_sequence, e_process, outcomes_to_promote


def _streams(stable: float, canary: float, *, share: float, n: int, runs: int, seed: int) -> list[float]:
    rng = np.random.default_rng(seed)
    peaks = []
    for _ in range(runs):
        arms = rng.random(n) < share
        outcomes = rng.random(n) < np.where(arms, canary, stable)
        peaks.append(float(e_process(arms, outcomes).max()))
    return peaks


@pytest.mark.long
def test_a_canary_that_is_not_worse_is_rolled_back_in_at_most_five_percent() -> None:
    peaks = _streams(0.8, 0.8, share=0.5, n=600, runs=400, seed=1)
    false = sum(peak >= 20 for peak in peaks)
    assert wilson(false, len(peaks)).low <= 0.05
    assert false / len(peaks) <= 0.06


@pytest.mark.long
def test_a_better_canary_is_hardly_ever_rolled_back() -> None:
    peaks = _streams(0.7, 0.8, share=0.5, n=600, runs=200, seed=2)
    assert sum(peak >= 20 for peak in peaks) <= 4


@pytest.mark.long
def test_a_canary_twenty_points_worse_is_found_within_300_conversations() -> None:
    peaks = _streams(0.9, 0.7, share=0.5, n=300, runs=200, seed=3)
    assert sum(peak >= 20 for peak in peaks) >= 165


def test_the_interval_of_the_difference_holds_at_every_look() -> None:
    rng = np.random.default_rng(4)
    missed = 0
    for _ in range(300):
        canary, stable = rng.random(400) < 0.75, rng.random(400) < 0.75
        sums = zip(np.cumsum(canary)[20:], np.cumsum(stable)[20:], range(21, 401), strict=True)
        missed += any(difference_sequence(int(c), n, int(s), n).low > 0 for c, s, n in list(sums)[::5])
    assert wilson(missed, 300).low <= 0.05


def test_a_better_candidate_is_promoted_sooner() -> None:
    needed = [outcomes_to_promote(gain, 0.6, share=0.5, margin=0.02) for gain in (0.0, 0.05, 0.3)]
    assert needed[0] > needed[1] > needed[2]
