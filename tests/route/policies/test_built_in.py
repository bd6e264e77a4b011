"""Every way to choose that comes with Upspiral is made from the settings."""

import pytest
from tests.route.planted import AGENTS

from upspiral.plugin_kinds import ROUTING_POLICY
from upspiral.route.base import RoutingContext
from upspiral.route.config import RouteSettings
from upspiral.route.policies.epsilon_greedy import EpsilonGreedy
from upspiral.route.policies.linucb import LinUcb

NAMES = ("thompson", "epsilon_greedy", "linucb", "threshold", "fixed")


@pytest.mark.parametrize("name", NAMES)
def test_one_that_has_seen_nothing_treats_all_agents_alike(name: str) -> None:
    policy = ROUTING_POLICY.get(name)(RouteSettings())
    assert policy.name == name
    found = policy.probabilities(RoutingContext(agents=AGENTS, now=0))["all"]
    assert found.agents == AGENTS
    assert max(found.probabilities) - min(found.probabilities) < (1.0 if name == "epsilon_greedy" else 1e-6)


def test_knobs_come_from_the_settings() -> None:
    settings = RouteSettings(epsilon=0.3, optimism=2.0, floor=0.005)
    greedy, bound = (ROUTING_POLICY.get(name)(settings) for name in ("epsilon_greedy", "linucb"))
    assert isinstance(greedy, EpsilonGreedy)
    assert isinstance(bound, LinUcb)
    assert (greedy.epsilon, bound.optimism, bound.floor) == (0.3, 2.0, 0.005)
