"""What is the mean of people's labels, from few labels and many verdicts? Prediction-powered inference."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MIN_WEIGHED_LABELS = 10
"""With fewer labels nothing is known of how far verdicts and labels go together; labels then stand alone."""


@dataclass(frozen=True)
class Labeled:
    """Items that people labeled and a judge judged, in the order in which they were drawn."""

    labels: Sequence[float]
    """What people said, -1 to 1, shape (n,)."""
    verdicts: Sequence[float]
    """What the judge said of the same items, -1 to 1, shape (n,)."""


@dataclass(frozen=True)
class CorrectedMean:
    """A mean of people's labels with its interval."""

    estimate: float
    low: float
    high: float
    error: float
    """Standard error of the estimate."""
    weight: float
    """How much the verdicts count, 0 (labels alone) to 1 (as if they were labels)."""
    labels: int
    verdicts: int
    """Items with a verdict and without a label."""


def correct_mean(labeled: Labeled, unlabeled: Sequence[float], *, confidence: float = 0.95) -> CorrectedMean:
    """Estimate the mean of the labels of all items from those labeled and the verdicts on all.

    The estimate is ``mean(y) + weight * (mean(f of unlabeled) - mean(f of labeled))`` with the weight that
    makes its variance least, 0 to 1: prediction-powered inference (Angelopoulos, Bates, Fannjiang, Jordan and
    Zrnic 2023) with the weight of PPI++ (Angelopoulos, Duchi and Zrnic 2023). It is right on average whatever
    the judge's error is, because the error is measured on the labeled items. The interval takes quantiles of
    Student's t with n - 1 degrees of freedom.

    Args:
        labeled: Items drawn at random from all, two at least.
        unlabeled: Verdicts on the others.
        confidence: Of the interval, above 0, below 1.

    Raises:
        ValueError: Fewer than two items are labeled.

    >>> few = Labeled([1, -1, 1, 1] * 10, [1, -1, 1, 0] * 10)
    >>> found = correct_mean(few, [1, -1, 1, 0, 1] * 100)
    >>> round(found.estimate, 2), round(found.weight, 2), found.low < 0.6 < found.high
    (0.63, 0.84, True)
    """
    y, f = np.asarray(labeled.labels, float), np.asarray(labeled.verdicts, float)
    others = np.asarray(unlabeled, float)
    if len(y) < 2:
        msg = f"{len(y)} labels tell nothing of how much they vary; two are needed"
        raise ValueError(msg)
    weight = best_weight(y, f, len(y) / len(others)) if len(others) else 0.0
    moved = float(others.mean() - f.mean()) if weight else 0.0
    rest = weight**2 * float(others.var()) / len(others) if weight else 0.0
    error = math.sqrt(float((y - weight * f).var(ddof=1)) / len(y) + rest)
    half = float(scipy.stats.t.isf((1 - confidence) / 2, len(y) - 1)) * error
    estimate = float(y.mean()) + weight * moved
    return CorrectedMean(estimate, estimate - half, estimate + half, error, weight, len(y), len(others))


def best_weight(labels: Floats, verdicts: Floats, ratio: float) -> float:
    """Give the weight of the verdicts that makes the variance of the corrected mean least, 0 to 1.

    ``cov(y, f) / (var(f) * (1 + n / N))``, where ``ratio`` is n / N, labels per verdict without one.

    >>> best_weight(np.array([1.0, -1.0] * 10), np.array([1.0, -1.0] * 10), 0.25)
    0.8
    """
    if len(labels) < MIN_WEIGHED_LABELS or (spread := float(verdicts.var())) == 0:
        return 0.0
    together = float(((labels - labels.mean()) * (verdicts - verdicts.mean())).mean())
    return min(1.0, max(0.0, together / (spread * (1 + ratio))))
