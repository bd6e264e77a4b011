"""Outcomes of three agents with planted rates of success, and what they teach."""

from random import Random

from upspiral.route.base import Fact, RoutingContext, Table
from upspiral.route.beliefs import SuccessBeliefs
from upspiral.route.policies.epsilon_greedy import EpsilonGreedy
from upspiral.route.policies.fixed import Fixed
from upspiral.route.policies.thompson import Prices, Thompson
from upspiral.route.policies.threshold import Threshold

AGENTS = ("good", "fair", "poor")


def stream(rates: dict[str, float], n: int, *, start: int = 0, domain: str = "all") -> list[Fact]:
    rng, agents = Random(start), list(rates)
    return [
        Fact(agent=a, domain=domain, sequence=start + i, score=float(rng.random() < rates[a]))
        for i in range(n)
        for a in [agents[i % len(agents)]]
    ]


FACTS = stream({"good": 0.9, "fair": 0.6, "poor": 0.3}, 300)

LEARNED = SuccessBeliefs().learn(FACTS)


def made(policy: Thompson | EpsilonGreedy | Fixed | Threshold, **more: object) -> Table:
    ask = RoutingContext(agents=AGENTS, **{"now": 300, **more})  # type: ignore[arg-type]
    return policy.probabilities(ask)[ask.domains[0]]


def priced(costs: dict[str, float | None], *, n: int = 400) -> Thompson:
    facts = [
        Fact(agent=agent, sequence=i, score=float(i % 5 > 0), cost=cost)
        for i in range(n)
        for agent, cost in costs.items()
    ]
    return Thompson(SuccessBeliefs().learn(facts), prices=Prices(cost=0.1, latency=0.0))
