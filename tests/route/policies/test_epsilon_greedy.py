"""The best gets nearly everything, and all together the share that explores."""

import pytest
from tests.route.planted import AGENTS, FACTS, made

from upspiral.route.base import RoutingContext
from upspiral.route.policies.epsilon_greedy import EpsilonGreedy


def _learned(epsilon: float) -> EpsilonGreedy:
    policy = EpsilonGreedy(epsilon=epsilon)
    for fact in FACTS:
        policy = policy.update(fact)
    return policy


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.3])
def test_everybody_gets_an_even_part_of_epsilon_and_the_planted_best_the_rest(epsilon: float) -> None:
    found = made(_learned(epsilon))
    chances = dict(zip(found.agents, found.probabilities, strict=True))
    assert chances["good"] == pytest.approx(1 - epsilon + epsilon / len(AGENTS))
    assert chances["poor"] == pytest.approx(epsilon / len(AGENTS))
    assert sum(chances.values()) == pytest.approx(1)


def test_where_nobody_can_be_asked_the_table_is_empty() -> None:
    found = EpsilonGreedy().probabilities(RoutingContext(agents=(), now=0))
    assert all(not one.probabilities for one in found.values())
