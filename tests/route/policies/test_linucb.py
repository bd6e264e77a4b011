"""A linear guess for each agent and a bonus for what is not known."""

from random import Random

import pytest
from tests.route.planted import FACTS, stream

from upspiral.route.base import Fact, RoutingContext
from upspiral.route.policies.linucb import LinUcb


def _learn(policy: LinUcb, facts: list[Fact]) -> LinUcb:
    for fact in facts:
        policy = policy.update(fact)
    return policy


def test_the_planted_best_gets_all_but_the_floors() -> None:
    found = _learn(LinUcb(floor=0.002), FACTS).probabilities(
        RoutingContext(agents=("good", "fair", "poor"), now=300)
    )["all"]
    chances = dict(zip(found.agents, found.probabilities, strict=True))
    assert chances["good"] == pytest.approx(0.996)
    assert chances["fair"] == chances["poor"] == pytest.approx(0.002)


def test_the_bound_comes_down_to_the_planted_rate_as_outcomes_come_in() -> None:
    rng = Random(0)
    few, many = (
        _learn(LinUcb(), [Fact(agent="a", sequence=i, score=float(rng.random() < 0.6)) for i in range(n)])
        for n in (5, 2_000)
    )
    assert LinUcb().upper_bound("a", "all") > few.upper_bound("a", "all") > many.upper_bound("a", "all")
    assert many.upper_bound("a", "all") == pytest.approx(0.6, abs=0.06)


def test_a_new_agent_is_tried_before_one_that_is_known_to_be_poor() -> None:
    policy = _learn(LinUcb(), stream({"poor": 0.2}, 200))
    assert policy.upper_bound("new", "all") > policy.upper_bound("poor", "all")


def test_nothing_is_explored_where_no_bonus_is_given() -> None:
    assert LinUcb(optimism=0.0).upper_bound("new", "all") == 0.0
