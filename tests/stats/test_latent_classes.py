"""Latent classes of items against planted truth."""

import numpy as np
import pytest
from numpy.typing import NDArray

from upspiral.stats.collusion import find_blocs, judge_blocs, pairs
from upspiral.stats.latent_classes import count_classes, fit_classes
from upspiral.stats.raters import Ballots, Floats, log_odds, majority


def _dense(chance: Floats, rng: np.random.Generator) -> Ballots:
    """Let every rater judge every item; chance is of saying good, shape (raters, items)."""
    raters, items = chance.shape
    rater, item = np.divmod(np.arange(raters * items), items)
    good = (rng.random(chance.shape) < chance).ravel().astype(float)
    none = np.full(items, np.nan)
    return Ballots(rater, item, good, np.zeros(items, dtype=np.int64), none, raters=raters)


def _four_kinds(seed: int, *, differ: float = 0.7) -> tuple[Ballots, NDArray[np.bool_]]:
    """Four kinds of items; the raters of 53 are in doubt about two kinds, and eight know all four.

    Items of one kind differ from each other by so much, in log-odds.
    """
    rng = np.random.default_rng(seed)
    kind = np.arange(240) % 4
    own = rng.normal(0, 0.7, (53, 1)) + rng.normal(0, 0.8, (53, 4))[:, kind] + rng.normal(0, differ, 240)
    odds = np.log(np.array([0.85, 0.5, 0.12, 0.65]) / np.array([0.15, 0.5, 0.88, 0.35]))[kind] + own
    odds[:8] = np.where(kind < 2, 1.8, -1.8) + 0.5 * own[:8]
    return _dense(1 / (1 + np.exp(-odds)), rng), kind < 2


def _hard_items(seed: int) -> tuple[Ballots, NDArray[np.bool_]]:
    """Raters overlook bad items each in their own measure, and nearly guess on three items in ten."""
    rng = np.random.default_rng(seed)
    truth, hard = rng.random(250) < 0.75, rng.random(250) < 0.3
    right = np.clip(rng.beta(12, 3, size=(60, 2)), 0.52, 0.98)[:, truth.astype(int)]
    right = np.where(hard, 0.5 + 0.2 * (right - 0.5), right)
    return _dense(np.where(truth, right, 1 - right), rng), truth


def _right(ballots: Ballots, truth: NDArray[np.bool_]) -> tuple[float, float]:
    """Give the share of right verdicts of the weighted vote, and of the plain majority."""
    _, fit, silenced = judge_blocs(ballots, find_blocs(ballots, pairs(ballots)), np.ones(ballots.raters))
    weight = np.maximum(log_odds(fit.hits), 0) * (silenced.bloc < 0)[:, None]
    said = np.where(ballots.good > 0.5, weight[ballots.rater, 1], -weight[ballots.rater, 0])
    votes = np.bincount(ballots.item, said, len(truth))
    plain = majority(ballots, np.ones(ballots.raters)).truth
    return float(((votes > 0) == truth).mean()), float(((plain > 0.5) == truth).mean())


@pytest.mark.long
def test_items_that_are_hard_for_everybody_cost_no_accuracy() -> None:
    weighed, plain = np.mean([_right(*_hard_items(seed)) for seed in range(4)], axis=0)
    assert weighed > plain - 0.01


@pytest.mark.long
def test_as_many_classes_are_counted_as_are_planted() -> None:
    for seed in range(3):
        ballots, _ = _four_kinds(seed, differ=0.0)
        assert count_classes(ballots, np.ones(53)) == 4
        rng = np.random.default_rng(seed)
        truth, right = rng.random(200) < 0.7, rng.beta(9, 3, size=(20, 1))
        assert count_classes(_dense(np.where(truth, right, 1 - right), rng), np.ones(20)) == 2


@pytest.mark.long
def test_experts_who_agree_are_heard_where_all_others_share_a_misconception() -> None:
    """Ten of 53 are right in .88, on the same items; the others, in .62, mistake a third of the items."""
    found, plain = [], []
    for seed in (0, 3, 5):
        rng = np.random.default_rng(seed)
        truth, trap, seen = rng.random(180) < 0.5, rng.random(180) < 0.33, rng.random(180) < 0.88
        odds = np.where(trap, -0.85, 1.27) + rng.normal(0, 0.3, 180) + rng.normal(0, 0.4, (53, 1))
        right = 1 / (1 + np.exp(-odds))
        right[:10] = np.where(seen, 0.97, 0.18)
        ballots = _dense(np.where(truth, right, 1 - right), rng)
        _, fit, silenced = judge_blocs(ballots, find_blocs(ballots, pairs(ballots)), np.ones(53))
        assert not len(silenced.members())
        found.append(((fit.truth > 0.5) == truth).mean())
        plain.append(((majority(ballots, np.ones(53)).truth > 0.5) == truth).mean())
    assert np.mean(found) > np.mean(plain) + 0.1


def test_few_votes_an_item_cannot_tell_more_than_two_classes() -> None:
    ballots, _ = _four_kinds(0)
    few = ballots.of(np.random.default_rng(1).random(len(ballots.item)) < 0.08)
    assert count_classes(few, np.ones(53)) == 2


def test_classes_are_the_same_every_time() -> None:
    ballots, _ = _four_kinds(0)
    first, second = (fit_classes(ballots, np.ones(53), 4) for _ in range(2))
    assert np.array_equal(first.member, second.member)
    assert np.allclose(first.member.sum(axis=1), 1)
    assert abs(float(first.share.sum()) - 1) < 1e-9


def test_nobody_judged_anything() -> None:
    none = np.zeros(0, dtype=np.int64)
    assert count_classes(Ballots(none, none, np.zeros(0), none, np.zeros(0), raters=0), np.ones(0)) == 2
