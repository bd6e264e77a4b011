"""How far does a rate move by itself, beyond chance, as the mix of what is asked changes?"""

import math

from msgspec import Struct

BATCH = 50
"""Outcomes whose mean is one look at the rate."""
FORGETS = 200
"""Batches that the past counts for; older ones fade."""
ENOUGH = 15
"""Batches from which on it is known how far a rate wanders."""
BEFOREHAND = 0.12
"""Deviation that is expected at least while that is not known: a collapse is beyond it, a new kind of
request seldom."""
SURE = 1.64
"""Standard errors above the estimate that are taken to be on the safe side."""


class Wander(Struct, frozen=True):
    """The variance of the means of batches that chance does not explain.

    A mix of requests that shifts in blocks moves the success rate of an agent that did not change. How far it
    did so in the past says which falls mean nothing.

    deviation² = m (1 + 1.64 √(2 / k)) - c, where m is the mean of (mean score - expected)² over k batches, c what
    chance explains of it, and the factor its standard error on the safe side. Units: scores and rates from 0 to
    1, batches of 50 outcomes. Source: DerSimonian and Laird (1986).

    >>> steady = Wander()
    >>> for k in range(4_000): steady = steady.update(float(k % 5 > 0), expected=0.8)
    >>> steady.deviation < 0.1
    True
    >>> blocks = Wander()
    >>> for k in range(4_000): blocks = blocks.update(float(k // 200 % 2), expected=0.5)
    >>> 0.4 < blocks.deviation < 0.6
    True
    """

    n: int = 0
    """Outcomes in the batch that is being filled."""
    away: float = 0.0
    """Sum of score less expected in that batch ..."""
    chance: float = 0.0
    """... and of the variances by chance."""
    batches: float = 0.0
    """Full batches, weighted; older ones count less."""
    seen: float = 0.0
    """Sum of the squared deviations of their means ..."""
    by_chance: float = 0.0
    """... and of what chance explains of them."""

    def update(self, score: float, *, expected: float) -> "Wander":
        """Count one outcome.

        Args:
            score: 0 to 1; what lies outside is taken at its limit.
            expected: The rate so far, 0 to 1.
        """
        n, away = self.n + 1, self.away + max(0.0, min(1.0, score)) - expected
        chance = self.chance + expected * (1 - expected)
        if n < BATCH:
            return Wander(n, away, chance, self.batches, self.seen, self.by_chance)
        old = 1 - 1 / FORGETS
        return Wander(
            batches=self.batches * old + 1,
            seen=self.seen * old + away * away / (n * n),
            by_chance=self.by_chance * old + chance / (n * n),
        )

    @property
    def deviation(self) -> float:
        """The standard deviation of the rate without chance, on the safe side."""
        k = max(1.0, self.batches)
        seen, by_chance = self.seen / k, self.by_chance / k
        found = math.sqrt(max(0.0, seen * (1 + SURE * math.sqrt(2 / k)) - by_chance))
        return found if self.batches >= ENOUGH else max(BEFOREHAND, found)

    def widen(self, limits: tuple[float, float], z: float = 2.0) -> tuple[float, float]:
        """Widen the limits of a rate by as many standard deviations as it moves by itself.

        >>> [round(limit, 2) for limit in Wander().widen((0.7, 0.8))]
        [0.46, 1.0]
        """
        low, high = limits
        return max(0.0, low - z * self.deviation), min(1.0, high + z * self.deviation)
