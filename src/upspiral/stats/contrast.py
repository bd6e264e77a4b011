"""Does a rate differ inside a slice from outside? Exact where rows are independent, corrected where not."""

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from upspiral.stats.proportions import Interval, newcombe

Bools = NDArray[np.bool_]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Contrast:
    """A rate inside and outside."""

    higher: bool
    """Which way was asked about."""
    hits: int
    n: int
    rest_hits: int
    rest_n: int
    p_value: float
    """One-sided, in the way asked about."""
    difference: Interval
    """95 % interval of inside minus outside."""
    z: float
    """How far it stands out in the way asked about, in standard errors."""
    effect: float = 1.0
    """The design effect that was allowed for."""

    @property
    def size(self) -> float:
        """The difference in the way asked about, -1 to 1; 0 where one side is empty."""
        if not self.n or not self.rest_n:
            return 0.0
        gap = self.hits / self.n - self.rest_hits / self.rest_n
        return gap if self.higher else -gap


def compare(
    inside: tuple[int, int], outside: tuple[int, int], *, higher: bool, effect: float = 1.0
) -> Contrast:
    """Compare two rates by Fisher's exact test, one-sided.

    Args:
        inside: Hits and size of one sample ...
        outside: ... and of the other.
        higher: Is a higher rate inside asked about, or a lower one?
        effect: Design effect by which all counts are divided first (Rao and Scott 1992), at least 1.

    >>> round(compare((4, 4), (0, 4), higher=True).p_value, 4)
    0.0143
    """
    (hits, n), (rest_hits, rest_n) = inside, outside
    k, m, rest_k, rest_m = (round(count / effect) for count in (hits, n, rest_hits, rest_n))
    k, rest_k = min(k, m), min(rest_k, rest_m)
    total, marked = m + rest_m, k + rest_k
    p = (
        scipy.stats.hypergeom.sf(k - 1, total, marked, m)
        if higher
        else scipy.stats.hypergeom.cdf(k, total, marked, m)
    )
    spread = math.sqrt(m * rest_m * marked * (total - marked) / max(1, total**2 * (total - 1)))
    away = (k - m * marked / max(1, total)) / spread if spread > 0 else 0.0
    return Contrast(
        higher=higher,
        hits=hits,
        n=n,
        rest_hits=rest_hits,
        rest_n=rest_n,
        p_value=min(1.0, float(p)),
        difference=newcombe((k, m), (rest_k, rest_m)),
        z=away if higher else -away,
        effect=effect,
    )


def contrast(inside: Bools, hit: Bools, *, higher: bool, groups: Numbers | None = None) -> Contrast:
    """Compare the rate of hits inside a slice with the rate outside, as `compare` does.

    Args:
        inside: Which rows are in the slice, shape (n,).
        hit: What the rate counts, shape (n,).
        higher: Is a higher rate asked about, or a lower one?
        groups: Number of each row's group, shape (n,); None where every row stands alone.

    >>> inside = np.arange(8) < 4
    >>> contrast(inside, inside.copy(), higher=True).size
    1.0
    """
    n, hits = int(inside.sum()), int((inside & hit).sum())
    effect = 1.0 if groups is None else design_effect(inside, hit, groups)
    return compare((hits, n), (int(hit.sum()) - hits, len(hit) - n), higher=higher, effect=effect)


def design_effect(inside: Bools, hit: Bools, groups: Numbers) -> float:
    """Say by how much groups swell the variance of the difference of two rates; at least 1.

    >>> design_effect(np.arange(8) < 4, np.arange(8) % 2 == 0, groups=np.arange(8))
    1.0
    """
    n, rest = int(inside.sum()), int((~inside).sum())
    if not n or not rest:
        return 1.0
    rates = np.where(inside, hit[inside].mean(), hit[~inside].mean())
    parts = (hit - rates) * np.where(inside, 1 / n, -1 / rest)
    alone = float((parts**2).sum())
    if alone == 0:
        return _mean_size(inside, groups)
    return max(1.0, float((np.bincount(groups, weights=parts) ** 2).sum()) / alone)


def _mean_size(inside: Bools, groups: Numbers) -> float:
    """Rows per group inside: what the design effect is at most, where nothing varies to tell."""
    return float(inside.sum()) / len(np.unique(groups[inside]))


def within(
    inside: Bools, hit: Bools | Numbers, *, strata: Numbers, higher: bool, size: Numbers | None = None
) -> float:
    """Say how far a slice still stands out within strata (Mantel and Haenszel 1959), in standard errors.

    Args:
        inside: Which rows are in the slice, shape (n,).
        hit: What the rate counts, shape (n,); how many, where rows stand for several.
        strata: Number of each row's stratum, from 0; shape (n,).
        higher: Is a higher rate asked about, or a lower one?
        size: How many each row stands for, shape (n,); None for one each.
    """
    each = np.ones(len(inside), dtype=np.int64) if size is None else size
    n, k = np.bincount(strata, weights=each), np.bincount(strata, weights=hit)
    m = np.bincount(strata, weights=inside * each)
    seen = np.bincount(strata, weights=inside * hit)
    variance = (m * (n - m) * k * (n - k) / np.maximum(1, n**2 * (n - 1))).sum()
    away = float((seen - m * k / np.maximum(1, n)).sum()) / math.sqrt(max(float(variance), 1e-12))
    return away if higher else -away
