"""The ways to choose an agent that Upspiral brings."""

from upspiral.route.policies.epsilon_greedy import EpsilonGreedy
from upspiral.route.policies.fixed import Fixed
from upspiral.route.policies.linucb import LinUcb
from upspiral.route.policies.thompson import Thompson
from upspiral.route.policies.threshold import Threshold

__all__ = ["EpsilonGreedy", "Fixed", "LinUcb", "Thompson", "Threshold"]
