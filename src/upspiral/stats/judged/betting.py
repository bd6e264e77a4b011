"""Is the mean of bounded values above a limit? A bet whose error holds at every number of values.

A gambler who starts with 1 bets at every value that it lies above the limit. Where the mean is at most the
limit his capital is a supermartingale, so it ever reaches 1/p with chance p at most (Ville), for any
distribution within the bounds (Waudby-Smith and Ramdas 2024).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MAX_STAKE = 0.9
"""Largest share of the capital that the worst value may cost."""


@dataclass(frozen=True)
class Bounds:
    """Between which two numbers every value lies, whatever it may be."""

    low: float
    high: float


def log_capital(values: Floats, limit: float, *, bounds: Bounds, alpha: float) -> Floats:
    """Give the logarithm of the gambler's capital after each value.

    The stake is ``sqrt(2 ln(1/alpha) / (n variance))``, the best for n values and the level alpha, with the
    variance of the values before; limited so that the worst value leaves a tenth of the capital.

    Args:
        values: In the order drawn, each independent of those before, shape (n,).
        limit: The mean is asked to be above this.
        bounds: Of every possible value.
        alpha: The level for which the stakes are chosen; the error holds at every other too.

    >>> float(log_capital(np.ones(100), 0.0, bounds=Bounds(-1, 1), alpha=0.05)[-1]) > 20
    True
    """
    count = np.arange(1, len(values) + 1)
    width = bounds.high - bounds.low
    # Expected before the first value: the middle of the bounds, with a quarter of the width around it.
    means = ((bounds.low + bounds.high) / 2 + np.cumsum(values)) / (count + 1)
    variances = ((width / 4) ** 2 + np.cumsum((values - means) ** 2)) / (count + 1)
    before = np.concatenate(([(width / 4) ** 2], variances[:-1]))
    stakes = np.sqrt(2 * math.log(1 / alpha) / (len(values) * np.maximum(before, 1e-12)))
    stakes = np.minimum(stakes, MAX_STAKE / max(limit - bounds.low, 1e-12))
    gained: Floats = np.cumsum(np.log1p(stakes * (values - limit)))
    return gained
