"""Did a daily rate change, on which day, and which way; which of many groups stands out, and since when?

The second is a scan statistic over groups and time (Kulldorff 1997, 2001). The highest of many scores is high
by chance alone, so that what a scan finds has to be tested on rows that it did not see.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
MIN_DAYS = 4
"""Days from which the spread between them can be estimated; with fewer nothing is called changed."""
Direction = Literal["growing", "steady", "fading"]


@dataclass(frozen=True)
class ChangePoint:
    """What a series of days says."""

    direction: Direction
    day: int | None
    """Index of the first day of the new rate; None while steady."""
    before: float
    after: float
    """Rates, 0 to 1; both the overall rate while steady."""
    p_value: float


def change(
    hits: Sequence[int],
    totals: Sequence[int],
    *,
    rng: np.random.Generator,
    alpha: float = 0.05,
    draws: int = 999,
) -> ChangePoint:
    """Test whether a rate changed at an unknown day.

    The largest binomial likelihood ratio over all days at which the series can be split (Worsley 1983),
    divided by the spread between days that the split leaves over. Its level comes from
    permutations: with a constant rate every way of spreading the hits over the days is as likely as its
    sizes say, so a false alarm has chance at most ``alpha``, however few the hits. Where days differ by more
    than chance, the division keeps the level nearly (the tests measure it).

    Args:
        hits: How many there were on each day, oldest first.
        totals: Out of how many.
        rng: Where permutations come from.
        alpha: Chance of a false alarm.
        draws: Permutations; with 999 the smallest p-value is 0.001.

    >>> found = change([1, 2, 1, 1, 9, 8, 9], [20] * 7, rng=np.random.default_rng(0))
    >>> found.direction, found.day, found.before
    ('growing', 4, 0.0625)
    >>> change([3, 2, 3, 2], [20] * 4, rng=np.random.default_rng(0)).direction
    'steady'
    """
    k, n = np.asarray(hits, dtype=np.int64), np.asarray(totals, dtype=np.int64)
    days = np.flatnonzero(n > 0)
    total, marked = int(n.sum()), int(k.sum())
    overall = marked / total if total else 0.0
    steady = ChangePoint("steady", None, overall, overall, 1.0)
    if len(days) < MIN_DAYS or marked in (0, total):
        return steady
    # Hits dealt over the days as cards are: what a constant rate would give, whatever its value.
    drawn = rng.multivariate_hypergeometric(n[days], marked, size=draws, method="marginals")
    statistic, place = _statistic(np.vstack([k[days], drawn]), n[days])
    # The series itself is one of them, so p is never 0 and the level holds exactly.
    p = float((statistic >= statistic[0] - 1e-9).mean())
    if p > alpha:
        return ChangePoint("steady", None, overall, overall, p)
    cut = int(days[place[0] + 1])
    before, after = float(k[:cut].sum() / n[:cut].sum()), float(k[cut:].sum() / n[cut:].sum())
    return ChangePoint("growing" if after > before else "fading", cut, before, after, p)


def _statistic(hits: NDArray[np.int64], totals: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
    """Give the scaled likelihood ratio of the best split of each series, and its place; shape (series,)."""
    k1, n1 = hits.cumsum(axis=1)[:, :-1], totals.cumsum()[:-1]
    k, n = hits.sum(axis=1)[:, None], totals.sum()
    ratio = 2 * (_likelihood(k1, n1) + _likelihood(k - k1, n - n1) - _likelihood(k, n))
    place = ratio.argmax(axis=1)
    row = np.arange(len(hits))
    early = np.arange(len(totals))[None, :] <= place[:, None]
    first = (k1[row, place] / n1[place])[:, None]
    last = ((k[:, 0] - k1[row, place]) / (n - n1[place]))[:, None]
    # Days that differ among themselves by more than chance make any split look good: divided by that.
    rate = np.clip(np.where(early, first, last), 0.5 / n, 1 - 0.5 / n)
    spread = ((hits - totals * rate) ** 2 / (totals * rate * (1 - rate))).sum(axis=1)
    return ratio[row, place] * (len(totals) - 2) / np.maximum(spread, 1e-9), place


def _likelihood(hits: NDArray[Any], n: NDArray[Any]) -> Floats:
    """Give the binomial log-likelihood at its largest; 0 where there is nothing."""
    rate = hits / np.maximum(n, 1)
    found = scipy.special.xlogy(hits, rate) + scipy.special.xlogy(n - hits, 1 - rate)
    return np.asarray(found, dtype=np.float64)


def trend(counts: Sequence[int], totals: Sequence[int], alpha: float = 0.05) -> Direction:
    """Test whether a share moves over equally spaced days (Cochran 1954, Armitage 1955).

    Args:
        counts: How many there were on each day, oldest first.
        totals: Out of how many.
        alpha: Two-sided level.

    >>> trend([1, 5, 12, 30], [100, 100, 100, 100])
    'growing'
    >>> trend([10, 11, 9, 10], [100, 100, 100, 100])
    'steady'
    """
    n, hits = sum(totals), sum(counts)
    if len(totals) < 2 or n == 0 or hits in (0, n):
        return "steady"
    rate = hits / n
    score = sum(
        day * (count - total * rate) for day, (count, total) in enumerate(zip(counts, totals, strict=True))
    )
    first = sum(day * total for day, total in enumerate(totals))
    second = sum(day * day * total for day, total in enumerate(totals))
    variance = rate * (1 - rate) * (second - first * first / n)
    if variance <= 0 or abs(score) / math.sqrt(variance) < scipy.stats.norm.isf(alpha / 2):
        return "steady"
    return "growing" if score > 0 else "fading"


@dataclass(frozen=True, eq=False)
class PeriodCounts:
    """Rows and hits of groups by period, the oldest period first."""

    n: Floats
    """Shape (groups, periods)."""
    hits: Floats
    """Shape (groups, periods)."""

    def since(self) -> "PeriodCounts":
        """Add up from each period to the last one.

        >>> PeriodCounts(np.array([[3.0, 2.0]]), np.array([[1.0, 2.0]])).since().n.tolist()
        [[5.0, 2.0]]
        """
        return PeriodCounts(_from_the_end(self.n), _from_the_end(self.hits))


def stand_out(groups: PeriodCounts, everything: PeriodCounts) -> Floats:
    """Say how far the rate of each group stands out from each period on.

    From the first period on a group is held against the rest. From a later one on it is held against the
    rest of that time and against itself before, and the lower of both scores counts.

    Args:
        groups: Any groups, which may overlap.
        everything: All rows, shape (1, periods).

    Returns:
        Signed roots of likelihood ratios, about standard errors; shape (groups, periods).
    """
    own, all_ = groups.since(), everything.since()
    # Against the rest alone, a group that was always high would seem to have changed on every day.
    rest = root_ratio((own.hits, own.n), (all_.hits - own.hits, all_.n - own.n))
    past = root_ratio((own.hits, own.n), (own.hits[:, :1] - own.hits, own.n[:, :1] - own.n))
    past[:, 0] = np.inf  # there is nothing before the first
    return np.minimum(rest, past)


def root_ratio(inside: tuple[Floats, Floats], outside: tuple[Floats, Floats]) -> Floats:
    """Give the root of twice the log likelihood ratio of two rates, below 0 where the first is lower.

    Args:
        inside: Hits and size of one sample ...
        outside: ... and of the other; 0 where one of them is empty.

    >>> six, ten, many = np.array([6.0]), np.array([10.0]), np.array([100.0])
    >>> root_ratio((six, six), (ten, many)).round(2).tolist()
    [4.99]
    >>> root_ratio((ten, many), (six, six)).round(2).tolist()
    [-4.99]
    """
    (hits, n), (rest_hits, rest_n) = inside, outside
    together = _likelihood(hits + rest_hits, n + rest_n)
    ratio = _likelihood(hits, n) + _likelihood(rest_hits, rest_n) - together
    higher = np.sign(hits * rest_n - rest_hits * n)
    return np.asarray(higher * np.sqrt(2 * np.maximum(ratio, 0.0)), dtype=np.float64)


def _from_the_end(by_period: Floats) -> Floats:
    return np.asarray(by_period[:, ::-1].cumsum(axis=1)[:, ::-1], dtype=np.float64)
