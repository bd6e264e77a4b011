"""Tables of chances: vetoes and draws."""

from random import Random

import pytest
from tests.route.planted import AGENTS, LEARNED, made

from upspiral.errors import NotFound
from upspiral.route.base import RoutingRule, draw
from upspiral.route.policies.epsilon_greedy import EpsilonGreedy
from upspiral.route.policies.thompson import Thompson


def test_a_veto_leaves_no_chance_at_all() -> None:
    found = made(Thompson(LEARNED), rules=(RoutingRule(agent="good", domain="all", veto=True),))
    assert found.agents == ("fair", "poor")
    assert found.probability("good") == 0


def test_when_everybody_is_vetoed_choosing_says_so() -> None:
    rules = tuple(RoutingRule(agent=agent, veto=True) for agent in AGENTS)
    with pytest.raises(NotFound, match="veto"):
        draw(made(Thompson(LEARNED), rules=rules), 0.5)


def test_draws_come_as_often_as_the_table_says() -> None:
    found, rng, n = made(EpsilonGreedy(Thompson(LEARNED), 0.3)), Random(0), 20_000
    drawn = [draw(found, rng.random()) for _ in range(n)]
    for agent in AGENTS:
        share = sum(choice.agent == agent for choice in drawn) / n
        assert share == pytest.approx(found.probability(agent), abs=0.015)
    assert {c.probability for c in drawn} <= set(found.probabilities)
