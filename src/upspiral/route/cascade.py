"""Is this answer good enough, or is the next agent asked? Depth and strictness tune themselves."""

import math
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from upspiral.route.base import Fact
from upspiral.route.ensemble import Trouble, step

THRESHOLD_STEP = 0.05
"""How far the threshold moves at once."""


def order_by_cost(costs: Mapping[str, float | None]) -> tuple[str, ...]:
    """Give agents in the order in which a cascade asks them: the cheapest first, unknown costs last.

    Agents that cost the same, or whose cost is unknown, keep the order given.

    >>> order_by_cost({"unknown": None, "large": 0.02, "small": 0.001})
    ('small', 'large', 'unknown')
    """
    return tuple(sorted(costs, key=lambda agent: math.inf if (cost := costs[agent]) is None else cost))


class CascadeStep(StrEnum):
    """What is done with an answer that was verified."""

    ACCEPT = "accept"
    ESCALATE = "escalate"
    GIVE_BEST = "give_best"
    """Nobody is left to ask: the best answer so far is given and said to be unverified."""


class Rung(Struct, frozen=True):
    """One domain's settings, and the trouble since they were set."""

    depth: int = 2
    """Answers tried at most."""
    threshold: float = 0.7
    """An answer verified at this score or above is accepted."""
    trouble: Trouble = Trouble()


class Cascade(Struct, frozen=True):
    """Answer, verify, escalate, with depth and threshold by domain.

    Many failed fact checks (what was accepted was wrong): threshold' = threshold + 0.05, and once at the
    strictest, depth' = depth + 1. Many loop-backs without failed checks (good answers sent round again):
    threshold' = threshold - 0.05. Little of either: depth' = depth - 1. "Many" and "little" as in
    `route.ensemble.step`. Units: answers; verification scores from 0 to 1. Source of the
    limits in `step`: Wilson (1927).

    >>> cascade = Cascade()
    >>> failed = [Fact(agent="a", sequence=i, score=0.0, fact_check_failed=True) for i in range(9)]
    >>> for fact in failed: cascade = cascade.update(fact)
    >>> cascade.rung("all").threshold > 0.7
    True
    """

    domains: dict[str, Rung] = {}
    shallowest: int = 1
    deepest: int = 3
    mildest: float = 0.5
    strictest: float = 0.95

    def update(self, fact: Fact) -> "Cascade":
        """Count one run, whatever number of answers it took; it is one fact."""
        before = self.rung(fact.domain)
        counted = replace(before, trouble=before.trouble.plus(fact))
        return replace(self, domains={**self.domains, fact.domain: self._tune(counted)})

    def rung(self, domain: str) -> Rung:
        """Give a domain's settings."""
        start = Rung(depth=min(self.deepest, max(self.shallowest, 2)))
        return self.domains.get(domain, start)

    def next_step(self, domain: str, *, tried: int, score: float) -> CascadeStep:
        """Say what is done with the latest answer.

        Args:
            domain: The kind of request.
            tried: Answers so far, this one included.
            score: What the verifier gave it, 0 to 1; anything else counts as unverified.

        >>> Cascade().next_step("all", tried=1, score=0.9).value
        'accept'
        """
        rung = self.rung(domain)
        if rung.threshold <= score <= 1:
            return CascadeStep.ACCEPT
        return CascadeStep.ESCALATE if tried < rung.depth else CascadeStep.GIVE_BEST

    def _tune(self, rung: Rung) -> Rung:
        trouble, depth, threshold = rung.trouble, rung.depth, rung.threshold
        if step(trouble.failed_checks, trouble.runs) > 0:
            depth += threshold >= self.strictest
            threshold += THRESHOLD_STEP
        elif step(trouble.loop_backs, trouble.runs) > 0:
            threshold -= THRESHOLD_STEP
        elif step(trouble.either, trouble.runs) < 0:
            depth -= 1
        else:
            return rung
        threshold = round(min(self.strictest, max(self.mildest, threshold)), 2)
        return Rung(min(self.deepest, max(self.shallowest, depth)), threshold)
