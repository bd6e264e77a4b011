"""Has a success rate changed, beyond what it moves by itself, and what is it since?"""

import math

from msgspec import Struct
from msgspec.structs import replace

from upspiral.stats.posterior import DecayedCounts


class Shift(Struct, frozen=True):
    """A change to look for: the part of successes lost, or of failures fixed."""

    part: float
    """Above 0, below 1."""
    falls: bool = True

    def after(self, rate: float) -> float:
        """Give the rate after the change.

        >>> Shift(0.5).after(0.8), Shift(0.5, falls=False).after(0.8)
        (0.4, 0.9)
        """
        return rate * (1 - self.part) if self.falls else 1 - (1 - rate) * (1 - self.part)


BATCH = 50
"""Outcomes whose mean is one look at the rate."""
MEMORY_BATCHES = 200
"""Batches that the past counts for; older ones fade."""
FEW_BATCHES = 1.9
"""Batches, of which old ones count a little less, below which there is no spread of them."""
MIN_BATCHES = 10
"""Batches from which on it is known how far a rate wanders."""
HELD_BACK_BATCHES = 5
"""Newest batches that do not count yet: a fall must not widen the limits that it is held against."""
MAX_CORRELATION = 0.95
"""Largest correlation of a batch with the one before it that is believed."""
PRIOR_DEVIATION = 0.13
"""Deviation that is expected at least while that is not known: a collapse is beyond it, a new kind of
request seldom."""
SAFE_STANDARD_ERRORS = 1.64
"""Standard errors above the estimate that are taken to be on the safe side."""

SHIFTS = (Shift(0.5), Shift(0.15), Shift(0.5, falls=False))
"""A collapse, a decline, and a recovery."""


class Cusum(Struct, frozen=True):
    """Evidence for one shift since the evidence was last at its lowest.

    evidence' = max(0, evidence + score ln(after / before) + (1 - score) ln((1 - after) / (1 - before))).
    Units: evidence in logarithms of a likelihood ratio, scores and rates from 0 to 1; what lies outside is
    taken at its limit. Source: Page (1954).

    >>> cusum = Cusum()
    >>> for _ in range(10): cusum = cusum.update(0.0, before=0.8, after=0.4)
    >>> cusum.n, cusum.is_sure(10.0), cusum.is_sure(11.0)
    (10, True, False)
    """

    evidence: float = 0.0
    """Logarithm of the likelihood ratio, at least 0."""
    n: int = 0
    """Outcomes since the change seems to have begun."""
    good: float = 0.0
    """Sum of their scores."""

    def update(self, score: float, *, before: float, after: float) -> "Cusum":
        """Count one outcome.

        Args:
            score: 0 to 1; between them the step is at most what a mean of outcomes would give.
            before: The rate without a change, 0 to 1.
            after: The rate the change would lead to.

        >>> Cusum().update(0.0, before=0.8, after=0.4).n
        1
        >>> Cusum().update(1.0, before=0.8, after=0.4)
        Cusum(evidence=0.0, n=0, good=0.0)
        """
        score, before, after = max(0.0, min(1.0, score)), _clip_rate(before), _clip_rate(after)
        # The log likelihood ratio of one outcome; linear in the score, so that a partial one lies between.
        step = score * math.log(after / before) + (1 - score) * math.log((1 - after) / (1 - before))
        evidence = self.evidence + step
        # At 0 it starts over: a change may begin at any outcome, and the past must not hide it (Page).
        return Cusum(evidence, self.n + 1, self.good + score) if evidence > 0 else Cusum()

    def is_sure(self, least: float) -> bool:
        """Say whether there is so much evidence of the shift, such as `level` asks for."""
        return self.evidence >= least


class CusumMonitor(Struct, frozen=True):
    """A CUSUM for every one of `SHIFTS` over one stream of outcomes.

    An alarm comes where the largest evidence_i >= ln(3 run_length), see `Cusum` and `level`. The rate without
    a change is taken at its limit on the safe side, so that exp(evidence) is an e-detector: without a change,
    and while the rate lies within the limits given, the first alarm of a CUSUM at evidence ln(L) comes after
    L outcomes or more on average. `level` sets L so that all three together keep the run length. Units:
    scores and rates from 0 to 1, run length in outcomes. Sources: Page (1954); Shin, Ramdas and Rinaldo
    (2022).

    >>> watch = CusumMonitor()
    >>> for _ in range(14): watch = watch.update(0.0, (0.7, 0.9))
    >>> watch.alarm(10_000).n
    14
    """

    cusums: tuple[Cusum, ...] = (Cusum(),) * len(SHIFTS)

    def update(self, score: float, limits: tuple[float, float]) -> "CusumMonitor":
        """Count one outcome against the limits between which the rate lay before it.

        >>> CusumMonitor().update(0.0, (0.7, 0.9)).cusums[0].n
        1
        """
        low, high = limits
        # For a fall the lower limit: what may still be no change must not count as evidence of one.
        before = [low if shift.falls else high for shift in SHIFTS]
        pairs = zip(self.cusums, SHIFTS, before, strict=True)
        return CusumMonitor(tuple(c.update(score, before=b, after=s.after(b)) for c, s, b in pairs))

    def alarm(self, run_length: float) -> Cusum | None:
        """Give the CUSUM that is sure of a change; None while none is.

        Args:
            run_length: Outcomes between two false alarms on average, at least.

        >>> CusumMonitor((Cusum(12.0, 20, 5.0), Cusum(), Cusum())).alarm(10_000).n
        20
        """
        strongest = max(self.cusums, key=lambda cusum: cusum.evidence)
        return strongest if strongest.is_sure(level(run_length)) else None


class Wander(Struct, frozen=True):
    """The variance of the means of batches that chance does not explain.

    A mix of requests that shifts in blocks moves the success rate of an agent that did not change. How far it
    did so in the past says which falls mean nothing.

    deviation² = v (1 + 1.64 √(2 / k')) - c, where v is the variance of the mean scores of k batches, c what
    chance explains of it, and the factor its standard error on the safe side. Batches of one long block are
    alike and say little more than one of them: k' = k (1 - r) / (1 + r), r their correlation with the batch
    before. The batches are held against their own mean: the rate that is believed is forgotten at an alarm,
    and what one kind of request does for a while would then look like no wandering at all. The newest five
    wait: counted at once, a fall would look like wandering before it is sure. Units: scores and rates from 0
    to 1, batches of 50 outcomes. Sources: DerSimonian and Laird (1986); Bayley and Hammersley (1946) for k'.

    >>> steady = Wander()
    >>> for k in range(4_000): steady = steady.update(float(k % 5 > 0))
    >>> steady.deviation < 0.1
    True
    >>> blocks = Wander()
    >>> for k in range(4_000): blocks = blocks.update(float(k // 200 % 2))
    >>> 0.4 < blocks.deviation < 0.7
    True
    """

    n: int = 0
    """Outcomes in the batch that is being filled."""
    good: float = 0.0
    """Sum of its scores."""
    batches: float = 0.0
    """Full batches, weighted; older ones count less."""
    means: float = 0.0
    """Sum of their mean scores ..."""
    squares: float = 0.0
    """... of the squares of these ..."""
    by_chance: float = 0.0
    """... of the variances that chance gives them ..."""
    products: float = 0.0
    """... and of the products of each with the one before it."""
    held_back: tuple[float, ...] = ()
    """Mean scores of the newest batches, which do not count yet."""
    last: float | None = None
    """Mean score of the newest batch that counts."""

    def update(self, score: float) -> "Wander":
        """Count one outcome.

        Args:
            score: 0 to 1; what lies outside is taken at its limit.
        """
        n, good = self.n + 1, self.good + max(0.0, min(1.0, score))
        if n < BATCH:
            return replace(self, n=n, good=good)
        held_back = (*self.held_back, good / n)
        if len(held_back) <= HELD_BACK_BATCHES:
            return replace(self, n=0, good=0.0, held_back=held_back)
        return replace(self._count(held_back[0]), n=0, good=0.0, held_back=held_back[1:])

    def _count(self, mean: float) -> "Wander":
        """Count the mean score of one batch."""
        # Old batches fade, so that traffic that has calmed down is watched closely again.
        old = 1 - 1 / MEMORY_BATCHES
        return replace(
            self,
            batches=self.batches * old + 1,
            means=self.means * old + mean,
            squares=self.squares * old + mean * mean,
            by_chance=self.by_chance * old + mean * (1 - mean) / (BATCH - 1),
            products=self.products * old + mean * (mean if self.last is None else self.last),
            last=mean,
        )

    @property
    def deviation(self) -> float:
        """The standard deviation of the rate without chance, on the safe side."""
        k = self.batches
        if k < FEW_BATCHES:
            return PRIOR_DEVIATION
        spread = max(0.0, self.squares / k - (self.means / k) ** 2)
        safe = spread * k / (k - 1) * (1 + SAFE_STANDARD_ERRORS * math.sqrt(2 / self._independent(k, spread)))
        found = math.sqrt(max(0.0, safe - self.by_chance / k))
        return found if self.batches >= MIN_BATCHES else max(PRIOR_DEVIATION, found)

    def _independent(self, k: float, spread: float) -> float:
        """Say how many independent batches tell as much as these do."""
        if spread <= 0:
            return k
        correlation = (self.products / k - (self.means / k) ** 2) / spread
        # Less its standard error: batches without any correlation seem to have some by chance.
        correlation = max(0.0, min(MAX_CORRELATION, correlation - 1 / math.sqrt(k)))
        return max(2.0, k * (1 - correlation) / (1 + correlation))

    def widen(self, limits: tuple[float, float], z: float = 2.5) -> tuple[float, float]:
        """Widen the limits of a rate by as many standard deviations as it moves by itself.

        >>> [round(limit, 2) for limit in Wander().widen((0.7, 0.8))]
        [0.37, 1.0]
        """
        low, high = limits
        return max(0.0, low - z * self.deviation), min(1.0, high + z * self.deviation)


def level(run_length: float) -> float:
    """Give the evidence at which one of `SHIFTS` alarms, so that all of them keep the run length.

    >>> round(level(10_000), 2)
    10.31
    """
    return math.log(max(1.0, run_length) * len(SHIFTS))


def safe_limits(tally: DecayedCounts, z: float = 1.64) -> tuple[float, float]:
    """Give limits for a rate by its own outcomes alone (Agresti and Coull 1998); wide while there are few.

    >>> safe_limits(DecayedCounts())
    (0.0, 1.0)
    """
    if tally.squares <= 0:
        return 0.0, 1.0
    size = tally.weight * tally.weight / tally.squares
    n = size + z * z
    middle = (tally.rate * size + z * z / 2) / n
    half = z * math.sqrt(middle * (1 - middle) / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def _clip_rate(rate: float) -> float:
    return min(0.99, max(0.01, rate))
