"""Blocs of raters are found where they were planted, and nobody else is accused."""

import numpy as np
import pytest
from tests.stats.crowd import cast_ballots

from upspiral.stats.collusion import find_blocs, judge_blocs, pairs
from upspiral.stats.raters import (
    Ballots,
)


def _joined(first: Ballots, rater: np.ndarray, item: np.ndarray, good: np.ndarray) -> Ballots:
    return Ballots(
        np.r_[first.rater, rater], np.r_[first.item, item], np.r_[first.good, good], first.group, first.gold,
        raters=int(rater.max()) + 1,
    )  # fmt: skip


def test_a_bloc_that_votes_alike_is_found_and_nobody_else() -> None:
    honest, _ = cast_ballots([0.8] * 40, items=600, each=50)
    targets = np.arange(50)
    answers = np.random.default_rng(5).integers(0, 2, 50).astype(float)
    ballots = _joined(honest, np.repeat(np.arange(40, 50), 50), np.tile(targets, 10), np.tile(answers, 10))
    found = find_blocs(ballots, pairs(ballots))
    assert [group.tolist() for group in found.members()] == [list(range(40, 50))]
    assert found.agreed[0] == 1
    assert found.expected[0] < 0.85
    assert not found.initial_weight()[40:].any()


def test_a_bloc_that_only_says_bad_is_found() -> None:
    honest, _ = cast_ballots([0.8] * 40, items=600, each=50)
    ballots = _joined(honest, np.repeat(np.arange(40, 50), 50), np.tile(np.arange(50), 10), np.zeros(500))
    assert [group.tolist() for group in find_blocs(ballots, pairs(ballots)).members()] == [
        list(range(40, 50))
    ]


def test_a_large_bloc_does_not_explain_itself() -> None:
    honest, _ = cast_ballots([0.85] * 1000, items=16_500, each=50)
    ballots = _joined(
        honest, np.repeat(np.arange(1000, 1040), 50), np.tile(np.arange(50), 40), np.zeros(2000)
    )
    [found] = find_blocs(ballots, pairs(ballots)).members()
    assert found.tolist() == list(range(1000, 1040))


@pytest.mark.long
def test_excellent_raters_who_agree_because_they_are_right_are_no_bloc() -> None:
    for seed in range(10):
        ballots, _ = cast_ballots([0.97] * 8 + [0.75] * 32, items=200, each=120, seed=seed)
        assert not find_blocs(ballots, pairs(ballots)).members()


@pytest.mark.long
def test_experts_who_agree_because_they_are_right_are_heard_and_a_bloc_that_answers_as_agreed_is_not() -> (
    None
):
    """Ten alike: experts who see what others cannot, or colluders who toss one coin for each item."""
    for experts in (True, False):
        rng = np.random.default_rng(4)
        truth, hard = rng.random(240) < 0.5, rng.random(240) < 0.6
        good = np.where(rng.random((50, 240)) < np.where(hard, 0.5, 0.85), truth, ~truth)
        said = np.where(rng.random(240) < 0.93, truth, ~truth) if experts else rng.random(240) < 0.5
        good[:10] = np.where(rng.random((10, 240)) < 0.95, said, ~said)
        rater, item = np.divmod(np.arange(50 * 240), 240)
        group, none = np.zeros(240, dtype=np.int64), np.full(240, np.nan)
        ballots = Ballots(rater, item, good.ravel().astype(float), group, none, raters=50)
        blocs = find_blocs(ballots, pairs(ballots))
        assert any(set(range(10)) <= set(members.tolist()) for members in blocs.members())
        _, fit, silenced = judge_blocs(ballots, blocs, np.ones(50))
        assert (silenced.bloc[:10] < 0).all() == experts
        assert ((fit.truth > 0.5) == truth).mean() > (0.9 if experts else 0.6)


def test_two_blocs_with_a_few_links_between_them_stay_two() -> None:
    honest, _ = cast_ballots([0.8] * 40, items=600, each=50)
    rng = np.random.default_rng(6)
    answers = rng.integers(0, 2, 100).astype(float)
    joined = _joined(
        honest, np.repeat(np.arange(40, 50), 50), np.tile(np.arange(50), 10), np.tile(answers[:50], 10)
    )
    joined = _joined(
        joined, np.repeat(np.arange(50, 60), 50), np.tile(np.arange(50, 100), 10), np.tile(answers[50:], 10)
    )
    bridge = np.arange(50, 70)  # one of the first bloc also answers like the second
    joined = _joined(
        joined, np.r_[np.full(20, 40), 59], np.r_[bridge, 99], np.r_[answers[bridge], answers[99]]
    )
    groups = [members.tolist() for members in find_blocs(joined, pairs(joined)).members()]
    assert [len(group) for group in groups] == [10, 10]


def test_when_most_raters_judge_alike_nobody_is_accused() -> None:
    copies = np.random.default_rng(3).integers(0, 2, 60).astype(float)
    honest, _ = cast_ballots([0.8] * 4, items=60, each=60)
    ballots = _joined(honest, np.repeat(np.arange(4, 8), 60), np.tile(np.arange(60), 4), np.tile(copies, 4))
    assert not find_blocs(ballots, pairs(ballots)).members()
