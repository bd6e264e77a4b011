"""How sure is a share? Intervals for one share and for the difference of two."""

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from types import ModuleType


@dataclass(frozen=True)
class Interval:
    """Limits between which the truth lies with the stated confidence."""

    low: float
    high: float


def wilson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Give the score interval of a share (Wilson 1927).

    Args:
        successes: 0 to n.
        n: How many were counted; with none, everything from 0 to 1 is possible.
        confidence: Above 0, below 1.

    >>> limits = wilson(8, 10)
    >>> round(limits.low, 3), round(limits.high, 3)
    (0.49, 0.943)
    >>> wilson(0, 0)
    Interval(low=0.0, high=1.0)
    """
    if n == 0:
        return Interval(0.0, 1.0)
    z = _width(confidence)
    p = successes / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def exceeds(successes: int, n: int, share: float) -> float:
    """Give the chance of so many successes, or more, if their true share is no more than `share`.

    The exact one-sided binomial test; 1 where nothing was counted.

    >>> round(exceeds(11, 113, 0.05), 3)
    0.026
    """
    return float(_scipy().stats.binom.sf(successes - 1, n, share)) if n else 1.0


def falls_below(successes: int, n: int, share: float) -> float:
    """Give the chance of so few successes, or fewer, if their true share is no less than `share`.

    The exact one-sided binomial test; 1 where nothing was counted.

    >>> round(falls_below(0, 60, 0.05), 3)
    0.046
    """
    return float(_scipy().stats.binom.cdf(successes, n, share)) if n else 1.0


def newcombe(first: tuple[int, int], second: tuple[int, int], confidence: float = 0.95) -> Interval:
    """Give an interval for the first share minus the second, from independent samples.

    Newcombe's hybrid score interval (1998, method 10). Each sample is its successes and its size.

    >>> limits = newcombe((56, 70), (48, 80))
    >>> round(limits.low, 4), round(limits.high, 4)
    (0.0524, 0.3339)
    """
    (s1, n1), (s2, n2) = first, second
    if n1 == 0 or n2 == 0:
        return Interval(-1.0, 1.0)
    p1, p2 = s1 / n1, s2 / n2
    a, b = wilson(s1, n1, confidence), wilson(s2, n2, confidence)
    low = p1 - p2 - math.hypot(p1 - a.low, b.high - p2)
    high = p1 - p2 + math.hypot(a.high - p1, p2 - b.low)
    return Interval(low, high)


@cache
def _width(confidence: float) -> float:
    """Give the half width of a central interval of the normal distribution, in standard deviations."""
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def _scipy() -> ModuleType:
    """Import what the exact tests need; the intervals, which the command `status` shows, do without."""
    import scipy

    return scipy
