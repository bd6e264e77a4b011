"""Who might be best? A linear guess per agent plus a bonus for what is not known."""

import hashlib

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from upspiral.route.base import Fact, RoutingContext, Table, list_allowed, table

BUCKETS = 8
"""Domains share so many coefficients of each agent."""


class Ridge(Struct, frozen=True):
    """One agent's regression: the Gram matrix less the identity, row by row, and features times scores."""

    gram: tuple[float, ...] = (0.0,) * (BUCKETS + 1) ** 2
    moment: tuple[float, ...] = (0.0,) * (BUCKETS + 1)


class LinUcb(Struct, frozen=True):
    """Disjoint LinUCB on the domain's features; the highest bound answers, the floor sees to the others.

    bound_a = x' t_a + optimism sqrt(x' (I + G_a)^-1 x), t_a = (I + G_a)^-1 m_a. Source: Li, Chu, Langford and
    Schapire (2010), algorithm 1. Units: success rates from 0 to 1; optimism in standard deviations.

    >>> policy = LinUcb(floor=0.002)
    >>> for i in range(50): policy = policy.update(Fact(agent="ab"[i % 2], sequence=i, score=float(i % 2)))
    >>> policy.probabilities(RoutingContext(agents=("a", "b")))["all"].probabilities
    (0.002, 0.998)
    """

    agents: dict[str, Ridge] = {}
    optimism: float = 1.0
    floor: float = 0.002

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return "linucb"

    def update(self, fact: Fact) -> "LinUcb":
        """Count one fact."""
        before, x = self.agents.get(fact.agent, Ridge()), np.array(features(fact.domain))
        gram = np.array(before.gram) + np.outer(x, x).ravel()
        moment = np.array(before.moment) + x * fact.score
        after = Ridge(tuple(gram.tolist()), tuple(moment.tolist()))
        return replace(self, agents={**self.agents, fact.agent: after})

    def upper_bound(self, agent: str, domain: str) -> float:
        """Give the highest success rate that is still likely, about 0 to 1 plus the bonus."""
        ridge, x = self.agents.get(agent, Ridge()), np.array(features(domain))
        inverse = np.linalg.inv(np.eye(len(x)) + np.array(ridge.gram).reshape(len(x), len(x)))
        return float(x @ inverse @ np.array(ridge.moment)) + self.optimism * float(np.sqrt(x @ inverse @ x))

    def probabilities(self, ask: RoutingContext) -> dict[str, Table]:
        """Give a table for every domain that is asked for."""
        return {domain: self._table(list_allowed(ask, domain), domain) for domain in ask.domains}

    def _table(self, agents: tuple[str, ...], domain: str) -> Table:
        bounds = {agent: self.upper_bound(agent, domain) for agent in agents}
        best = max(bounds.values(), default=0.0)
        reasons = [f"linucb: bound {value:.2f}" for value in bounds.values()]
        return table({a: float(b == best) for a, b in bounds.items()}, floors=self.floor, reasons=reasons)


def features(domain: str) -> tuple[float, ...]:
    """Give a constant and the domain's bucket.

    >>> sum(features("billing"))
    2.0
    """
    bucket = hashlib.sha256(domain.encode()).digest()[0] % BUCKETS
    return (1.0, *(float(i == bucket) for i in range(BUCKETS)))
