"""Is the candidate better on the same cases? Tests and intervals for pairs that both answered.

Throughout, ``wins`` are the pairs that only the candidate got right, ``losses`` those that only the
incumbent got right, and ``n`` all pairs, one per conversation.
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import scipy

from upspiral.stats.proportions import Interval


def mcnemar_exact(wins: int, losses: int) -> float:
    """Give the one-sided p-value that the candidate is better (McNemar's test, exact binomial form).

    >>> mcnemar_exact(9, 1)
    0.0107421875
    >>> mcnemar_exact(0, 0)
    1.0
    """
    return float(scipy.stats.binom.sf(wins - 1, wins + losses, 0.5)) if wins + losses else 1.0


def worse(wins: int, losses: int) -> float:
    """Give the one-sided p-value that the candidate is worse.

    >>> worse(1, 9)
    0.0107421875
    """
    return mcnemar_exact(losses, wins)


def gain_interval(wins: int, losses: int, n: int, confidence: float = 0.95) -> Interval:
    """Give an interval for the candidate's success rate minus the incumbent's, -1 to 1.

    The adjusted Wald interval of Bonett and Price (2012).

    >>> gain = gain_interval(30, 5, 100)
    >>> round(gain.low, 3), round(gain.high, 3)
    (0.138, 0.352)
    """
    if n == 0:
        return Interval(-1.0, 1.0)
    z = float(scipy.stats.norm.ppf(0.5 + confidence / 2))
    b, c = (wins + 1) / (n + 2), (losses + 1) / (n + 2)
    half = z * math.sqrt((b + c - (b - c) ** 2) / (n + 2))
    return Interval(max(-1.0, b - c - half), min(1.0, b - c + half))


def not_worse(wins: int, losses: int, n: int, *, margin: float, alpha: float) -> bool:
    """Say whether the candidate is shown to be at most ``margin`` worse, at one-sided level ``alpha``.

    >>> not_worse(30, 5, 100, margin=0.02, alpha=0.05)
    True
    >>> not_worse(0, 0, 20, margin=0.02, alpha=0.05)
    False
    """
    return gain_interval(wins, losses, n, 1 - 2 * alpha).low > -margin


def pairs_needed(discordant: float, gain: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Say how many pairs show a true gain with the given power (Miettinen 1968, as for McNemar's test).

    Args:
        discordant: Share of pairs on which the two differ, at least ``gain``.
        gain: True difference of success rates, above 0.
        alpha: One-sided level.
        power: Chance of showing it.

    >>> pairs_needed(0.10, 0.03)
    685
    """
    za, zb = float(scipy.stats.norm.isf(alpha)), float(scipy.stats.norm.ppf(power))
    root = za * math.sqrt(discordant) + zb * math.sqrt(max(0.0, discordant - gain * gain))
    return math.ceil((root / gain) ** 2)


def detectable_gain(n: int, discordant: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Say which true gain ``n`` pairs would show with the given power; at most 1.

    >>> round(detectable_gain(685, 0.10), 2)
    0.03
    """
    if n <= 0:
        return 1.0
    low, high = 0.0, discordant
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (
            (middle, high)
            if pairs_needed(discordant, max(middle, 1e-9), alpha=alpha, power=power) > n
            else (
                low,
                middle,
            )
        )
    enough = pairs_needed(discordant, discordant, alpha=alpha, power=power) <= n if discordant > 0 else False
    return high if enough else 1.0


class Noninferiority(StrEnum):
    """What pairs say of a candidate that only has to be as good as the incumbent."""

    NOT_WORSE = "not_worse"
    WORSE = "worse"
    INCONCLUSIVE = "inconclusive"
    """Too few pairs for either."""


class LossLimits(NamedTuple):
    """What is asked of a candidate that only has to be as good."""

    margin: float
    """A loss of success rate, 0 to 1, that is tolerated."""
    alpha: float
    """Chance of "not worse" where the loss is the margin."""
    harm_alpha: float
    """Chance of "worse" where the two are equally good."""


def assess_noninferiority(wins: int, losses: int, n: int, limits: LossLimits) -> Noninferiority:
    """Say whether the candidate is not worse by the margin, worse, or whether nobody can say yet.

    A loss within the margin is "not worse" however certain it is.

    Args:
        wins: Pairs that only the candidate got right.
        losses: Pairs that only the incumbent got right.
        n: All pairs.
        limits: What is tolerated, and how surely.

    >>> limits = LossLimits(margin=0.1, alpha=0.05, harm_alpha=0.01)
    >>> assess_noninferiority(10, 10, 250, limits), assess_noninferiority(2, 30, 250, limits)
    (<Noninferiority.NOT_WORSE: 'not_worse'>, <Noninferiority.WORSE: 'worse'>)
    >>> assess_noninferiority(1, 3, 30, limits)
    <Noninferiority.INCONCLUSIVE: 'inconclusive'>
    """
    if not_worse(wins, losses, n, margin=limits.margin, alpha=limits.alpha):
        return Noninferiority.NOT_WORSE
    return Noninferiority.WORSE if worse(wins, losses) <= limits.harm_alpha else Noninferiority.INCONCLUSIVE


class MarginOfGroup(NamedTuple):
    """One group of pairs in which a candidate must be shown to be not worse."""

    share: float
    """Of all pairs, above 0 and at most 1."""
    margin: float
    """A loss of success rate that is tolerated in it, above 0."""


def power_of_noninferiority(
    n: int, groups: Sequence[MarginOfGroup], *, discordant: float, alpha: float = 0.05
) -> float:
    """Say how likely an equally good candidate is shown to be not worse in every group; a lower limit.

    In a group of m pairs the difference has the standard error sqrt(discordant / m), so that it is missed
    with the chance Phi(z - margin / error) (Liu et al. 2002); the chances of all groups are added
    (Bonferroni's inequality).

    Args:
        n: All pairs.
        groups: The whole, and its slices.
        discordant: Share of pairs, above 0, that only one of the two gets right.
        alpha: One-sided level of each group.

    >>> eight = [MarginOfGroup(1, 0.02), *[MarginOfGroup(1 / 8, 0.1)] * 8]
    >>> round(power_of_noninferiority(2000, eight, discordant=0.08), 2)
    0.94
    """
    z = float(scipy.stats.norm.isf(alpha))
    errors = (math.sqrt(discordant / max(n * group.share, 1.0)) for group in groups)
    missed = (
        float(scipy.stats.norm.cdf(z - group.margin / error))
        for group, error in zip(groups, errors, strict=True)
    )
    return max(0.0, 1.0 - sum(missed))


def pairs_for_noninferiority(
    groups: Sequence[MarginOfGroup], *, discordant: float, alpha: float = 0.05, power: float = 0.8
) -> int:
    """Say how many pairs show an equally good candidate to be not worse in every group.

    Args:
        groups: The whole, and its slices.
        discordant: Share of pairs, above 0, that only one of the two gets right.
        alpha: One-sided level of each group.
        power: Chance of showing it, below 1.

    >>> eight = [MarginOfGroup(1, 0.02), *[MarginOfGroup(1 / 8, 0.1)] * 8]
    >>> [pairs_for_noninferiority(eight, discordant=d) for d in (0.04, 0.08, 0.12, 0.2)]
    [650, 1300, 1949, 3248]
    """
    low, high = 0, 1
    while power_of_noninferiority(high, groups, discordant=discordant, alpha=alpha) < power:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        enough = power_of_noninferiority(middle, groups, discordant=discordant, alpha=alpha) >= power
        low, high = (low, middle) if enough else (middle, high)
    return high
