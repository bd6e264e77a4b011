"""Which groups stand out, and from which period on? Scores for a search, which prove nothing by themselves.

A scan statistic over groups and time (Kulldorff 1997, 2001): the likelihood ratio of two rates, of every
group from every period on. The highest of many scores is high by chance alone, so that what a scan finds has
to be tested on rows that it did not see.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Counts:
    """Rows and hits of groups by period, the oldest period first."""

    n: Floats
    """Shape (groups, periods)."""
    hits: Floats
    """Shape (groups, periods)."""

    def since(self) -> "Counts":
        """Add up from each period to the last one.

        >>> Counts(np.array([[3.0, 2.0]]), np.array([[1.0, 2.0]])).since().n.tolist()
        [[5.0, 2.0]]
        """
        return Counts(_from_the_end(self.n), _from_the_end(self.hits))


def stand_out(groups: Counts, everything: Counts) -> Floats:
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


def _likelihood(hits: Floats, n: Floats) -> Floats:
    """Give the binomial log-likelihood at its largest."""
    rate = hits / np.maximum(n, 1.0)
    return np.asarray(xlogy(hits, rate) + xlogy(n - hits, 1 - rate), dtype=np.float64)
