"""How wide an ensemble becomes, who is drawn, and how it votes."""

from random import Random

import pytest
from tests.route.runs import runs

from upspiral.route.base import Fact, RoutingContext, table
from upspiral.route.ensemble import Ensemble, chance_of, members, vote
from upspiral.route.policies.threshold import Threshold


def ensemble_after(facts: list[Fact], start: Ensemble = Ensemble()) -> Ensemble:  # noqa: B008 - frozen
    for fact in facts:
        start = start.update(fact)
    return start


def test_much_trouble_widens_up_to_the_bound() -> None:
    assert ensemble_after(runs(400, loops=0.6)).width("all") == 5


def test_calm_narrows_down_to_the_bound() -> None:
    wide = ensemble_after(runs(400, loops=0.6))
    assert ensemble_after(runs(600, seed=1), wide).width("all") == 1


def test_a_little_trouble_changes_nothing() -> None:
    assert ensemble_after(runs(2_000, loops=0.1)).width("all") == 1
    middle = Ensemble(least=1, most=5)
    widened = ensemble_after(runs(25, wrong=1.0), middle)
    assert ensemble_after(runs(1_000, wrong=0.12), widened).width("all") == widened.width("all")


def test_one_domain_does_not_widen_another() -> None:
    assert ensemble_after(runs(100, loops=1.0)).width("elsewhere") == 1


def test_members_are_drawn_as_often_as_their_chances_say() -> None:
    chances, rng, n = table({"a": 5, "b": 3, "c": 2}), Random(0), 20_000
    drawn = [members(chances, 2, rng.random()) for _ in range(n)]
    assert all(len(set(pair)) == 2 for pair in drawn)
    assert sum(pair == ("a", "b") for pair in drawn) / n == pytest.approx(0.5 * 0.6, abs=0.015)
    assert sum(pair == ("c", "a") for pair in drawn) / n == pytest.approx(0.2 * 5 / 8, abs=0.015)


def test_there_are_no_more_members_than_agents_with_a_chance() -> None:
    assert set(members(table({"a": 1, "b": 1, "c": 0}), 9, 0.999_999)) == {"a", "b"}
    assert members(table({}), 3, 0.5) == ()


def test_the_policy_threshold_fills_an_ensemble_with_the_next_best() -> None:
    policy, rates = Threshold(), {"best": 9, "good": 8, "fair": 5, "poor": 1}
    for agent, right in rates.items():
        for at in range(10):
            policy = policy.update(Fact(agent=agent, sequence=at, score=float(at < right)))
    laid = policy.probabilities(RoutingContext(agents=tuple(rates)))["all"]
    assert members(laid, 2, 0.3) == ("best", "good")
    assert members(laid, 4, 0.9) == ("best", "good", "fair")  # the poor one is left out
    assert chance_of(laid, ("best", "good", "fair")) == 1.0


def test_a_vote_goes_to_the_answer_with_the_most_trust() -> None:
    answers = [("a", "yes"), ("b", "no"), ("c", "no")]
    assert vote(answers, {}) == "no"
    assert vote(answers, {"a": 0.9, "b": 0.3, "c": 0.3}) == "yes"
    assert vote([], {}) is None
