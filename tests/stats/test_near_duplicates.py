"""Groups that vote in step on few items, and honest ones that do not."""

import numpy as np
from numpy.typing import NDArray

from upspiral.stats.collusion import pairs
from upspiral.stats.near_duplicates import near_duplicates, vote_share
from upspiral.stats.raters import Ballots


def _crowd(
    rng: np.random.Generator, *, raters: int, items: int, each: int, panel: NDArray[np.float64] | None = None
) -> Ballots:
    """Honest raters, right in 85 %; the first twenty also give the panel's votes on the first items."""
    truth = rng.random(items) < 0.75
    rater = np.repeat(np.arange(raters), each)
    item = np.concatenate([rng.choice(np.arange(10, items), each, replace=False) for _ in range(raters)])
    good = np.where(rng.random(len(item)) < 0.85, truth[item], ~truth[item]).astype(float)
    if panel is not None:
        rater = np.r_[rater, np.repeat(np.arange(20), 7)]
        item, good = np.r_[item, np.tile(np.arange(7), 20)], np.r_[good, panel.ravel()]
    return Ballots(rater, item, good, np.zeros(items, dtype=np.int64), np.full(items, np.nan), raters)


def test_those_who_say_the_same_of_few_items_count_together_as_one() -> None:
    for seed in range(5):
        rng = np.random.default_rng(seed)
        ballots = _crowd(rng, raters=100, items=300, each=7, panel=np.zeros((20, 7)))
        group = near_duplicates(ballots, pairs(ballots))
        assert (group[:20] == group[0]).all()
        assert group[0] >= 0
        assert (group[20:] == -1).all()
        assert np.isclose(vote_share(group)[:20].sum(), 1)


def test_an_honest_panel_that_sees_the_same_items_is_not_in_step() -> None:
    for seed in range(10):
        rng = np.random.default_rng(seed)
        right = np.where(rng.random((20, 7)) < 0.85, 1.0, 0.0)
        ballots = _crowd(rng, raters=100, items=300, each=7, panel=right)
        assert (near_duplicates(ballots, pairs(ballots)) == -1).all()


def test_sharing_items_by_chance_links_nobody() -> None:
    for seed in range(5):
        ballots = _crowd(np.random.default_rng(seed), raters=60, items=80, each=40)
        assert (near_duplicates(ballots, pairs(ballots)) == -1).all()


def test_no_votes_are_no_problem() -> None:
    none = np.zeros(0, dtype=np.int64)
    empty = Ballots(none, none, np.zeros(0), none, np.zeros(0), raters=0)
    assert near_duplicates(empty, pairs(empty)).tolist() == []
    assert vote_share(none).tolist() == []
