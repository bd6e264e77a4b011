"""Raters against planted truth."""

from dataclasses import replace

import numpy as np
import pytest
from tests.stats.crowd import cast_ballots

from upspiral.stats.collusion import find_blocs, judge_blocs, pairs
from upspiral.stats.raters import (
    Ballots,
    RaterFit,
    choose_method,
    cross_validated_loss,
    dawid_skene,
    log_odds,
    majority,
    with_gold,
)


def test_dawid_skene_recovers_planted_accuracies() -> None:
    right = np.linspace(0.55, 0.95, 20)
    ballots, truth = cast_ballots(right.tolist(), items=400, each=200)
    fit = dawid_skene(ballots, np.ones(20))
    assert np.abs(fit.right() - right).max() < 0.1
    assert ((fit.truth > 0.5) == truth).mean() > 0.95


def test_dawid_skene_is_taken_where_raters_differ_and_majority_where_there_is_nothing_to_learn() -> None:
    differing, _ = cast_ballots([0.9, 0.9, 0.9] + [0.5] * 3, items=400, each=300)
    noise, _ = cast_ballots([0.5] * 6, items=400, each=300, goods=0.5)
    assert choose_method(differing, np.ones(6))[0] == "dawid_skene"
    assert choose_method(noise, np.ones(6))[0] == "majority"


def test_a_hidden_vote_is_predicted_better_than_by_a_coin() -> None:
    ballots, _ = cast_ballots([0.9] * 6, items=200, each=150)
    for method in ("majority", "dawid_skene"):
        assert cross_validated_loss(ballots, np.ones(6), method).mean() < 0.6  # a coin: 0.69


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
    for guess in (majority(ballots, np.ones(3)), dawid_skene(ballots, np.ones(3))):
        assert guess.hits[2, 1] < 0.8
        fit = with_gold(guess, ballots, in_doubt=np.zeros(3, dtype=bool))
        assert fit.hits[2, 1] > 0.9
        assert fit.hits[:2, 1].max() < 0.3


def test_a_rater_who_always_says_the_same_gives_no_evidence() -> None:
    assert not log_odds(np.array([0.02, 0.98])).any()
    assert log_odds(np.array([0.8, 0.8])).min() > log_odds(np.array([0.6, 0.6])).min() > 0


def test_a_word_counts_by_which_way_its_rater_errs() -> None:
    """Half overlook bad items, half good ones: who said what decides."""
    right = np.array([[0.3, 0.95]] * 12 + [[0.95, 0.3]] * 12)
    correct, equal = [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        truth = rng.random(300) < 0.5
        good = np.where(rng.random((24, 300)) < right[:, truth.astype(int)], truth, ~truth)
        rater, item = np.divmod(np.arange(24 * 300), 300)
        group, gold = np.zeros(300, dtype=np.int64), np.full(300, np.nan)
        ballots = Ballots(rater, item, good.ravel().astype(float), group, gold, raters=24)
        ballots = ballots.of(rng.random(len(rater)) < 0.3)
        evidence = log_odds(choose_method(ballots, np.ones(24))[1].hits)
        said = np.where(ballots.good > 0.5, evidence[ballots.rater, 1], -evidence[ballots.rater, 0])
        mean = np.where(ballots.good > 0.5, 1, -1) * evidence.mean(axis=1)[ballots.rater]
        correct.append(((np.bincount(ballots.item, said, 300) > 0) == truth).mean())
        equal.append(((np.bincount(ballots.item, mean, 300) > 0) == truth).mean())
    assert np.mean(correct) > np.mean(equal) + 0.02


def test_where_everybody_judged_everything_votes_are_hidden_one_by_one_and_not_by_rater() -> None:
    right = [0.95] * 6 + [0.5] * 14
    ballots, _ = cast_ballots(right, items=240, each=240)
    order = np.lexsort((ballots.item, ballots.rater))
    method, fit = choose_method(ballots.of(order), np.ones(20))
    assert method == "dawid_skene"
    assert fit.right()[:6].min() > fit.right()[6:].max() + 0.2


def test_gold_decides_how_much_agreement_is_worth() -> None:
    """The guess of each rater is right in one world, and turned round in the other."""
    for turned in (False, True):
        right = np.linspace(0.55, 0.95, 30)
        ballots, truth = cast_ballots(right.tolist(), items=400, each=400)
        gold = np.where(np.arange(400) < 40, truth, np.nan)
        ballots = replace(ballots, gold=gold)
        guess = right[::-1] if turned else right
        base = RaterFit(np.stack([guess, guess], axis=1), np.full(2, 0.75), truth=truth, base=0.75)
        fit = with_gold(base, ballots, in_doubt=np.zeros(30, dtype=bool))
        error = np.abs(fit.right() - right).mean()
        assert error < (0.12 if turned else 0.03)


@pytest.mark.long
def test_raters_who_err_together_do_not_silence_those_who_are_right() -> None:
    """Thirty are right in 85 %; forty others copy, nine times in ten, two that guess on hard items."""
    found, plain = [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        truth, hard = rng.random(200) < 0.5, rng.random(200) < 0.5
        good = np.where(rng.random((70, 200)) < 0.85, truth, ~truth)
        for first in (30, 50):
            model = np.where(rng.random(200) < np.where(hard, 0.45, 0.85), truth, ~truth)
            good[first : first + 20] = np.where(rng.random((20, 200)) < 0.9, model, ~model)
        rater, item = np.divmod(np.arange(70 * 200), 200)
        group, none = np.zeros(200, dtype=np.int64), np.full(200, np.nan)
        ballots = Ballots(rater, item, good.ravel().astype(float), group, none, raters=70)
        blocs = find_blocs(ballots, pairs(ballots))
        _, fit, silenced = judge_blocs(ballots, blocs, np.ones(70))
        found.append(((fit.truth > 0.5) == truth).mean())
        plain.append(((good.mean(axis=0) > 0.5) == truth).mean())
        assert (silenced.bloc[:30] < 0).all()
    assert np.mean(found) > np.mean(plain) + 0.02


def test_a_kind_that_informed_raters_do_not_call_good_is_no_bias_of_all() -> None:
    """Bad items of one kind are called good by three in ten: no good items that seven in ten overlook."""
    rng = np.random.default_rng(1)
    kind, usual = rng.random(600) < 0.2, rng.normal(0, 0.3, (60, 1))
    found = []
    for chance in (0.3, 0.8):
        says = 1 / (1 + np.exp(-(np.where(kind, np.log(chance / (1 - chance)), -3.5) + usual)))
        rater, item = np.divmod(np.arange(60 * 600), 600)
        good = (rng.random((60, 600)) < says).ravel().astype(float)
        ballots = Ballots(rater, item, good, np.zeros(600, np.int64), np.full(600, np.nan), raters=60)
        found.append(dawid_skene(ballots, np.ones(60)).common_bias)
    assert found == [0.0, 1.0]


def test_no_votes_are_no_problem() -> None:
    none = np.zeros(0, dtype=np.int64)
    empty = Ballots(none, none, np.zeros(0), none, np.zeros(0), raters=0)
    assert not find_blocs(empty, pairs(empty)).members()
    assert choose_method(empty, np.ones(0))[0] == "majority"
