"""How good are predicted chances: better than the base rate, and true to their word?"""

from dataclasses import dataclass

import numpy as np
import scipy
from msgspec import Struct
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class BrierGain:
    """By how much predictions are better than always saying the base rate, with an interval."""

    brier: float
    """Mean squared error of the predictions, 0 to 1; lower is better."""
    base: float
    """The same of the base rate."""
    low: float
    high: float
    """Limits of `base - brier`, between which the truth lies with the confidence that was asked for."""
    groups: int
    """Conversations, or other groups, that were compared: the units of evidence."""

    @property
    def gain(self) -> float:
        """How much lower the error of the predictions is."""
        return self.base - self.brier

    @property
    def is_better(self) -> bool:
        """Are the predictions better, beyond chance?"""
        return self.low > 0


class ReliabilityBin(Struct, frozen=True):
    """Predictions of about the same chance, and what came of them."""

    predicted: float
    """Their mean, 0 to 1."""
    observed: float
    """The share that was true."""
    n: int


def measure_brier_gain(
    truth: Floats, predicted: Floats, base: Floats, groups: Ints, *, confidence: float = 0.95
) -> BrierGain:
    """Compare predictions with the base rate by the Brier score; whole groups are one piece of evidence.

    gain = sum_i ((base_i - y_i)^2 - (p_i - y_i)^2) / n; its standard error is that of a ratio over groups,
    and the limits are those of Student's t. Sources: Brier (1950); Cochran (1977), Sampling Techniques, 6.3.

    Args:
        truth: What was true: 0 or 1. Shape (n,).
        predicted: Chances from 0 to 1, by a model that did not see these truths.
        base: The base rate that would have been said instead, also without these truths.
        groups: Of which group each is one, numbered from 0.
        confidence: Of the interval, above 0 and below 1.

    >>> y = np.array([0.0, 1.0] * 20)
    >>> found = measure_brier_gain(y, 0.2 + 0.6 * y, np.full(40, 0.5), np.arange(40))
    >>> round(found.brier, 2), found.base, found.is_better
    (0.04, 0.25, True)
    """
    ours, theirs = (predicted - truth) ** 2, (base - truth) ** 2
    n, sizes = len(truth), np.bincount(groups).astype(float)
    gain = float((theirs - ours).mean()) if n else 0.0
    sums = np.bincount(groups, theirs - ours) if n else np.zeros(0)
    counted = sizes > 0
    many = int(counted.sum())
    if many < 2:
        return BrierGain(float(ours.sum()) / max(n, 1), float(theirs.sum()) / max(n, 1), -1.0, 1.0, many)
    spread = float(np.sum((sums - gain * sizes)[counted] ** 2)) * many / (many - 1)
    half = float(scipy.stats.t.ppf(0.5 + confidence / 2, many - 1)) * float(np.sqrt(spread)) / n
    return BrierGain(float(ours.mean()), float(theirs.mean()), gain - half, gain + half, many)


def bin_predictions(truth: Floats, predicted: Floats, *, bins: int = 5) -> list[ReliabilityBin]:
    """Give what came of predictions, in steps of equal width from 0 to 1; empty steps are left out.

    Args:
        truth: What was true: 0 or 1, or a share between them.
        predicted: Chances from 0 to 1.
        bins: Steps, at least 1.

    >>> bin_predictions(np.array([0.0, 1.0, 1.0]), np.array([0.1, 0.9, 1.0]), bins=2)
    [ReliabilityBin(predicted=0.1, observed=0.0, n=1), ReliabilityBin(predicted=0.95, observed=1.0, n=2)]
    """
    place = np.minimum((predicted * bins).astype(int), bins - 1)
    return [
        ReliabilityBin(float(predicted[place == i].mean()), float(truth[place == i].mean()), int(found))
        for i, found in enumerate(np.bincount(place, minlength=bins))
        if found
    ]
