"""Raters against planted truth."""

from collections.abc import Sequence

import numpy as np

from upspiral.stats.blocs import find_blocs, pairs
from upspiral.stats.raters import (
    Ballots,
    chosen,
    dawid_skene,
    held_out_loss,
    log_odds,
    majority,
)


def _ballots(
    right: Sequence[float], *, items: int, each: int, seed: int = 0, goods: float = 0.75
) -> tuple[Ballots, np.ndarray]:
    """Let raters who are right with these chances judge `each` random items; give the truth too."""
    rng = np.random.default_rng(seed)
    truth = (rng.random(items) < goods).astype(float)
    item = np.concatenate([rng.choice(items, each, replace=False) for _ in right])
    rater = np.repeat(np.arange(len(right)), each)
    hit = rng.random(len(item)) < np.array(right)[rater]
    good = np.where(hit, truth[item], 1 - truth[item])
    none = np.full(items, np.nan)
    return Ballots(rater, item, good, np.zeros(items, dtype=np.int64), none, raters=len(right)), truth


def _joined(first: Ballots, rater: np.ndarray, item: np.ndarray, good: np.ndarray) -> Ballots:
    return Ballots(
        np.r_[first.rater, rater], np.r_[first.item, item], np.r_[first.good, good], first.group, first.gold,
        raters=int(rater.max()) + 1,
    )  # fmt: skip


def test_dawid_skene_recovers_planted_accuracies() -> None:
    right = np.linspace(0.55, 0.95, 20)
    ballots, truth = _ballots(right.tolist(), items=400, each=200)
    fit = dawid_skene(ballots, np.ones(20))
    assert np.abs(fit.right() - right).max() < 0.1
    assert ((fit.truth > 0.5) == truth).mean() > 0.95


def test_dawid_skene_is_taken_where_raters_differ_and_majority_where_there_is_nothing_to_learn() -> None:
    differing, _ = _ballots([0.9, 0.9, 0.9] + [0.5] * 3, items=400, each=300)
    noise, _ = _ballots([0.5] * 6, items=400, each=300, goods=0.5)
    assert chosen(differing, np.ones(6))[0] == "dawid_skene"
    assert chosen(noise, np.ones(6))[0] == "majority"


def test_a_hidden_vote_is_foretold_better_than_by_a_coin() -> None:
    ballots, _ = _ballots([0.9] * 6, items=200, each=150)
    for method in ("majority", "dawid_skene"):
        assert held_out_loss(ballots, np.ones(6), method).mean() < 0.6  # a coin: 0.69


def test_a_vote_that_nobody_can_check_says_nothing_of_the_rater() -> None:
    alone = Ballots(
        np.array([0, 0, 1]),
        np.arange(3),
        np.array([1.0, 0, 1]),
        np.zeros(3, int),
        np.full(3, np.nan),
        raters=2,
    )
    for fit in (majority(alone, np.ones(2)), dawid_skene(alone, np.ones(2))):
        assert np.allclose(fit.hits, fit.typical)


def test_gold_outweighs_a_wrong_majority() -> None:
    n = 40
    ballots = Ballots(
        np.tile(np.arange(3), n), np.repeat(np.arange(n), 3), np.tile([0.0, 0.0, 1.0], n), np.zeros(n, int),
        np.ones(n), raters=3,
    )  # fmt: skip
    for fit in (majority(ballots, np.ones(3)), dawid_skene(ballots, np.ones(3))):
        assert fit.hits[2, 1] > 0.9
        assert fit.hits[:2, 1].max() < 0.3


def test_a_rater_who_always_says_the_same_gives_no_evidence() -> None:
    assert log_odds(np.array([0.02, 0.98])) == 0
    assert log_odds(np.array([0.8, 0.8])) > log_odds(np.array([0.6, 0.6])) > 0


def test_a_bloc_that_votes_alike_is_found_and_nobody_else() -> None:
    honest, _ = _ballots([0.8] * 40, items=600, each=50)
    targets = np.arange(50)
    answers = np.random.default_rng(5).integers(0, 2, 50).astype(float)
    ballots = _joined(honest, np.repeat(np.arange(40, 50), 50), np.tile(targets, 10), np.tile(answers, 10))
    found = find_blocs(ballots, pairs(ballots))
    assert [group.tolist() for group in found.members()] == [list(range(40, 50))]
    assert found.agreed[0] == 1
    assert found.expected[0] < 0.85
    assert not found.voice()[40:].any()


def test_a_bloc_that_only_says_bad_is_found() -> None:
    honest, _ = _ballots([0.8] * 40, items=600, each=50)
    ballots = _joined(honest, np.repeat(np.arange(40, 50), 50), np.tile(np.arange(50), 10), np.zeros(500))
    assert [group.tolist() for group in find_blocs(ballots, pairs(ballots)).members()] == [
        list(range(40, 50))
    ]


def test_a_large_bloc_does_not_explain_itself() -> None:
    honest, _ = _ballots([0.85] * 1000, items=16_500, each=50)
    ballots = _joined(
        honest, np.repeat(np.arange(1000, 1040), 50), np.tile(np.arange(50), 40), np.zeros(2000)
    )
    [found] = find_blocs(ballots, pairs(ballots)).members()
    assert found.tolist() == list(range(1000, 1040))


def test_excellent_raters_who_agree_because_they_are_right_are_no_bloc() -> None:
    for seed in range(10):
        ballots, _ = _ballots([0.97] * 8 + [0.75] * 32, items=200, each=120, seed=seed)
        assert not find_blocs(ballots, pairs(ballots)).members()


def test_when_most_raters_judge_alike_nobody_is_accused() -> None:
    copies = np.random.default_rng(3).integers(0, 2, 60).astype(float)
    honest, _ = _ballots([0.8] * 4, items=60, each=60)
    ballots = _joined(honest, np.repeat(np.arange(4, 8), 60), np.tile(np.arange(60), 4), np.tile(copies, 4))
    assert not find_blocs(ballots, pairs(ballots)).members()


def test_no_votes_are_no_problem() -> None:
    none = np.zeros(0, dtype=np.int64)
    empty = Ballots(none, none, np.zeros(0), none, np.zeros(0), raters=0)
    assert not find_blocs(empty, pairs(empty)).members()
    assert chosen(empty, np.ones(0))[0] == "majority"
