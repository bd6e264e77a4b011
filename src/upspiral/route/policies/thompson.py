"""Who is probably best? Chances equal to the chance of being best, after price and rules."""

from typing import NamedTuple

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from upspiral.route.base import Fact, RoutingContext, Table, list_allowed, table
from upspiral.route.beliefs import AgentRecord, PosteriorTable, SuccessBeliefs
from upspiral.stats.posterior import Array, chance_of_best

SPEED_WEIGHT = 10.0
"""In speed mode time weighs so many times as much."""

ERRORS_TO_HALVE_FLOOR = 10
"""Errors in a row; fewer would keep an agent that is back from an outage waiting for too long."""


class Prices(Struct, frozen=True):
    """How much success is given up for what an answer costs, in parts of a success rate."""

    cost: float = 0.02
    """To save all that the dearest agent costs."""
    latency: float = 0.01
    """To save all the time that the slowest agent takes."""


class DomainChances(NamedTuple):
    """What speaks for each agent in one domain, rules and price included."""

    agents: tuple[str, ...]
    alpha: Array
    beta: Array
    handicap: Array


class Thompson(Struct, frozen=True):
    """Thompson sampling over shrunken posteriors, as a table instead of a draw.

    P(a) = floor_a + (1 - sum of floors) P(rate_a - price_a is highest), by integration, so that each Choice
    knows its probability. Every outcome counts `sharpness` times, as plain sampling explores more than a few
    thousand requests repay; the floor keeps everybody known. An agent whose last k answers all ended in an
    error has the floor times 10 / (10 + k): it is asked ever more rarely until it delivers. Sources: Thompson
    (1933); Chapelle and Li (2011), section 3, for the sharpening. Units: rates from 0 to 1.

    >>> pairs = (("good", 1.0), ("bad", 0.0))
    >>> facts = [Fact(agent=a, sequence=i, score=s) for i in range(40) for a, s in pairs]
    >>> policy = Thompson(SuccessBeliefs().learn(facts), floor=0.002)
    >>> made = policy.probabilities(RoutingContext(agents=("good", "bad"), now=80))
    >>> [round(p, 3) for p in made["all"].probabilities]
    [0.998, 0.002]
    """

    learned: SuccessBeliefs = SuccessBeliefs()
    floor: float = 0.002
    prices: Prices = Prices()
    sharpness: float = 4.0

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return "thompson"

    def update(self, fact: Fact) -> "Thompson":
        """Count one fact."""
        return replace(self, learned=self.learned.update(fact))

    def probabilities(self, ask: RoutingContext) -> dict[str, Table]:
        """Give a table for every domain that is asked for."""
        if not ask.agents:
            return {domain: table({}) for domain in ask.domains}
        standing = self.learned.standing(tuple(dict.fromkeys(ask.agents)), ask.domains, now=ask.now)
        return {domain: self._table(ask, standing, domain) for domain in ask.domains}

    def case(self, ask: RoutingContext, standing: PosteriorTable, domain: str) -> DomainChances:
        """Put together what speaks for each allowed agent in a domain."""
        agents = list_allowed(ask, domain)
        rows = [standing.agents.index(agent) for agent in agents]
        column = standing.domains.index(domain)
        given = np.array([prior_from_rules(ask, agent, domain) for agent in agents]).reshape(-1, 2)
        return DomainChances(
            agents,
            standing.alpha[rows, column] + given[:, 0],
            standing.beta[rows, column] + given[:, 1],
            handicaps(standing, self.prices, speed=ask.speed)[rows],
        )

    def _table(self, ask: RoutingContext, standing: PosteriorTable, domain: str) -> Table:
        case = self.case(ask, standing, domain)
        if not case.agents:
            return table({})
        # A table in place of a draw: every Choice then carries its exact probability, which what-if needs.
        chances = chance_of_best(self.sharpness * case.alpha, self.sharpness * case.beta, case.handicap)
        mean = case.alpha / (case.alpha + case.beta)
        reasons = [
            f"thompson: {chance:.0%} to be best, success {rate:.2f}, price {price:.3f}"
            for chance, rate, price in zip(chances, mean, case.handicap, strict=True)
        ]
        shares = dict(zip(case.agents, chances.tolist(), strict=True))
        floors = [self.floor * self._floor_left(agent) for agent in case.agents]
        made = table(shares, floors=floors, reasons=reasons)
        # What the floors give away, so that an operator can see their price.
        behind = np.maximum(mean[int(np.argmax(mean - case.handicap))] - mean, 0.0)
        return replace(made, floor_loss=float(np.array(made.floors) @ behind))

    def _floor_left(self, agent: str) -> float:
        errors = self.learned.records.get(agent, AgentRecord()).errors_in_a_row
        return ERRORS_TO_HALVE_FLOOR / (ERRORS_TO_HALVE_FLOOR + errors)


def prior_from_rules(ask: RoutingContext, agent: str, domain: str) -> tuple[float, float]:
    """Give the successes and failures that rules grant an agent.

    >>> prior_from_rules(RoutingContext(agents=("a",)), "a", "x")
    (0.0, 0.0)
    """
    rules = [rule for rule in ask.rules if rule.agent == agent and rule.covers(domain) and not rule.veto]
    return sum((max(0.0, r.good) for r in rules), 0.0), sum((max(0.0, r.bad) for r in rules), 0.0)


def handicaps(standing: PosteriorTable, prices: Prices, *, speed: bool = False) -> Array:
    """Give the price of each agent's answer in parts of a success rate, from 0.

    The cost term is left out for an agent whose cost is unknown.
    """
    latency = prices.latency * (SPEED_WEIGHT if speed else 1.0)
    return prices.cost * _relative(standing.cost) + latency * _relative(standing.latency_ms)


def _relative(values: Array) -> Array:
    """Give the values as shares of the highest, and 0 for those that are unknown."""
    known = np.nan_to_num(values, nan=0.0)
    most = float(known.max(initial=0.0))
    return known / most if most > 0 else np.zeros_like(known)
