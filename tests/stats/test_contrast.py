"""Differences of rates within and without a slice."""

import numpy as np
import pytest

from upspiral.stats.contrast import compare, contrast, design_effect, within
from upspiral.stats.subgroups import discover


def test_a_design_effect_counts_what_hangs_together_once() -> None:
    inside = np.arange(400) < 200
    hit = (np.arange(400) // 4) % 2 == 0
    assert design_effect(inside, hit, np.arange(400)) == 1
    assert design_effect(inside, hit, np.arange(400) // 4) == pytest.approx(4)
    together = contrast(inside, hit, higher=True, groups=np.arange(400) // 4)
    assert together.difference.low < contrast(inside, hit, higher=True).difference.low


def test_a_slice_explained_by_another_does_not_stand_out_within_it() -> None:
    rng = np.random.default_rng(7)
    cause = rng.random(4_000) < 0.3
    shadow = cause & (rng.random(4_000) < 0.7)
    hit = rng.random(4_000) < 0.1 + 0.4 * cause
    assert contrast(shadow, hit, higher=True).z > 10
    assert abs(within(shadow, hit, strata=cause.astype(np.int64), higher=True)) < 3


def test_an_empty_side_says_nothing() -> None:
    assert compare((0, 0), (3, 9), higher=True).p_value == 1
    assert discover({}, [True, False], explored=[True, False]).found == ()
    assert discover({"a": ["x"] * 100}, [True] * 100, explored=[True, False] * 50).tested == 0
