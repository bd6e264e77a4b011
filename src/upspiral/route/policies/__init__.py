"""The ways to choose an agent, by the names they have in the settings."""

from collections.abc import Callable

from upspiral.route.base import RoutingPolicy
from upspiral.route.beliefs import ForgettingConfig, SuccessBeliefs
from upspiral.route.config import RouteSettings
from upspiral.route.policies.epsilon_greedy import EpsilonGreedy
from upspiral.route.policies.fixed import Fixed
from upspiral.route.policies.linucb import LinUcb
from upspiral.route.policies.thompson import Prices, Thompson
from upspiral.route.policies.threshold import Threshold

__all__ = ["POLICIES", "EpsilonGreedy", "Fixed", "LinUcb", "Thompson", "Threshold"]


def _thompson(settings: RouteSettings) -> Thompson:
    memory = ForgettingConfig(settings.half_life, settings.run_length, settings.kept)
    prices = Prices(settings.cost_weight, settings.latency_weight)
    return Thompson(SuccessBeliefs(memory), settings.floor, prices, settings.sharpness)


POLICIES: dict[str, Callable[[RouteSettings], RoutingPolicy]] = {
    "thompson": _thompson,
    "epsilon_greedy": lambda s: EpsilonGreedy(_thompson(s), s.epsilon),
    "linucb": lambda s: LinUcb(optimism=s.optimism, floor=s.floor),
    "threshold": lambda s: Threshold({}, s.leave_out_below, s.boost_above, s.boost),
    "fixed": lambda s: Fixed(),
}
"""From name to a policy that has seen nothing; the built-ins register as a stranger's would."""
