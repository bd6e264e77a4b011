"""Which ways to choose an agent does Upspiral bring? Each registers here, under its name in the settings."""

from upspiral.plugin_kinds import ROUTING_POLICY
from upspiral.route.beliefs import ForgettingConfig, SuccessBeliefs
from upspiral.route.config import RouteSettings
from upspiral.route.policies.epsilon_greedy import EpsilonGreedy
from upspiral.route.policies.fixed import Fixed
from upspiral.route.policies.linucb import LinUcb
from upspiral.route.policies.thompson import Prices, Thompson
from upspiral.route.policies.threshold import Threshold


@ROUTING_POLICY.register("thompson")
def make_thompson(settings: RouteSettings) -> Thompson:
    """Make one that has seen nothing."""
    memory = ForgettingConfig(settings.half_life, settings.run_length, settings.kept)
    prices = Prices(settings.cost_weight, settings.latency_weight)
    return Thompson(SuccessBeliefs(memory), settings.floor, prices, settings.sharpness)


@ROUTING_POLICY.register("epsilon_greedy")
def make_epsilon_greedy(settings: RouteSettings) -> EpsilonGreedy:
    """Make one that has seen nothing."""
    return EpsilonGreedy(make_thompson(settings), settings.epsilon)


@ROUTING_POLICY.register("linucb")
def make_linucb(settings: RouteSettings) -> LinUcb:
    """Make one that has seen nothing."""
    return LinUcb(optimism=settings.optimism, floor=settings.floor)


@ROUTING_POLICY.register("threshold")
def make_threshold(settings: RouteSettings) -> Threshold:
    """Make one that has seen nothing."""
    return Threshold({}, settings.leave_out_below, settings.boost_above, settings.boost)


@ROUTING_POLICY.register("fixed")
def make_fixed(_: RouteSettings) -> Fixed:
    """Make one; it learns nothing."""
    return Fixed()
