"""Scores of a search over groups and time point to what was planted."""

import numpy as np

from upspiral.stats.change.permutation import PeriodCounts, stand_out


def _counts(rates: list[list[float]], n: int = 40) -> PeriodCounts:
    hits = np.array(rates) * n
    return PeriodCounts(np.full(hits.shape, float(n)), hits)


def _everything(of: PeriodCounts) -> PeriodCounts:
    return PeriodCounts(of.n.sum(axis=0, keepdims=True), of.hits.sum(axis=0, keepdims=True))


def test_a_group_that_began_to_fail_stands_out_most_from_that_period_on() -> None:
    groups = _counts([[0.1] * 3 + [0.8] * 4, [0.4] * 7, [0.4] * 7, [0.4] * 7])
    scores = stand_out(groups, _everything(groups))
    assert scores.argmax() == 3  # the first group from the fourth period on
    assert scores[0, 0] < scores[0, 3] / 2


def test_a_group_that_always_fails_stands_out_over_the_whole_time() -> None:
    groups = _counts([[0.7] * 7, [0.1] * 7, [0.1] * 7])
    scores = stand_out(groups, _everything(groups))
    assert scores.argmax() == 0
    assert scores[0, 1:].max() < 1e-6


def test_where_all_groups_fall_together_none_stands_out() -> None:
    groups = _counts([[0.1] * 3 + [0.6] * 4] * 4)
    assert stand_out(groups, _everything(groups)).max() < 1e-6


def test_empty_groups_stand_out_by_nothing() -> None:
    groups = PeriodCounts(np.zeros((2, 3)), np.zeros((2, 3)))
    assert stand_out(groups, _everything(groups)).tolist() == [[0.0] * 3] * 2
