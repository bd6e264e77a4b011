"""Who looks best? That one, but for a share of requests that everybody gets."""

import numpy as np
from msgspec import Struct

from upspiral.route.base import Fact, RoutingContext, Table, table
from upspiral.route.beliefs import PosteriorTable
from upspiral.route.policies.thompson import Thompson


class EpsilonGreedy(Struct, frozen=True):
    """The highest posterior mean less price gets 1 - epsilon, all together share epsilon evenly.

    P(a) = epsilon / K + (1 - epsilon) where mean_a - price_a is highest. Source: Sutton and Barto (2018),
    section 2.2. Units: shares from 0 to 1.

    >>> policy = EpsilonGreedy(epsilon=0.2).update(Fact(agent="a", sequence=0, score=1.0))
    >>> found = policy.probabilities(RoutingContext(agents=("a", "b"), now=1))["all"]
    >>> [round(p, 2) for p in found.probabilities]
    [0.9, 0.1]
    """

    beliefs: Thompson = Thompson()
    epsilon: float = 0.1

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return "epsilon_greedy"

    def update(self, fact: Fact) -> "EpsilonGreedy":
        """Count one fact."""
        return EpsilonGreedy(self.beliefs.update(fact), self.epsilon)

    def probabilities(self, ask: RoutingContext) -> dict[str, Table]:
        """Give a table for every domain that is asked for."""
        if not ask.agents:
            return {domain: table({}) for domain in ask.domains}
        learned = self.beliefs.learned
        standing = learned.standing(tuple(dict.fromkeys(ask.agents)), ask.domains, now=ask.now)
        return {domain: self._table(ask, standing, domain) for domain in ask.domains}

    def _table(self, ask: RoutingContext, standing: PosteriorTable, domain: str) -> Table:
        case = self.beliefs.case(ask, standing, domain)
        if not case.agents:
            return table({})
        worth = case.alpha / (case.alpha + case.beta) - case.handicap
        best, even = int(np.argmax(worth)), self.epsilon / len(case.agents)
        chances = {agent: even + (1 - self.epsilon) * (i == best) for i, agent in enumerate(case.agents)}
        return table(chances, reasons=[f"epsilon_greedy: worth {value:.2f}" for value in worth])
