"""Did a daily rate change, on which day, and which way?"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ENOUGH = 4
"""Days from which the spread between them can be told; with fewer nothing is called changed."""
Direction = Literal["growing", "steady", "fading"]


@dataclass(frozen=True)
class Change:
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
) -> Change:
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
    steady = Change("steady", None, overall, overall, 1.0)
    if len(days) < ENOUGH or marked in (0, total):
        return steady
    drawn = rng.multivariate_hypergeometric(n[days], marked, size=draws, method="marginals")
    statistic, place = _statistic(np.vstack([k[days], drawn]), n[days])
    p = float((statistic >= statistic[0] - 1e-9).mean())
    if p > alpha:
        return Change("steady", None, overall, overall, p)
    cut = int(days[place[0] + 1])
    before, after = float(k[:cut].sum() / n[:cut].sum()), float(k[cut:].sum() / n[cut:].sum())
    return Change("growing" if after > before else "fading", cut, before, after, p)


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
    rate = np.clip(np.where(early, first, last), 0.5 / n, 1 - 0.5 / n)
    spread = ((hits - totals * rate) ** 2 / (totals * rate * (1 - rate))).sum(axis=1)
    return ratio[row, place] * (len(totals) - 2) / np.maximum(spread, 1e-9), place


def _likelihood(k: NDArray[np.int64], n: NDArray[np.int64]) -> Floats:
    """Give the binomial log-likelihood at its largest."""
    return np.asarray(scipy.special.xlogy(k, k / n) + scipy.special.xlogy(n - k, 1 - k / n), dtype=np.float64)


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
