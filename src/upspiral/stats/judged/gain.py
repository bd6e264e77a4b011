"""Is the candidate better in people's eyes, by a judge's verdicts and a few labels?

The test, its null and their derivation: docs/adr/0017-judged-pairs.md.
"""

import math
from collections.abc import Sequence

import numpy as np
import scipy

from upspiral.stats.judged.betting import Bounds, Floats, log_capital
from upspiral.stats.judged.corrected import MIN_WEIGHED_LABELS, Labeled, best_weight, correct_mean
from upspiral.stats.proportions import Interval

NORMAL_FROM = 200
"""From so many labels on a mean is taken as normally distributed; below, the bound of a bet holds."""
LABELS_ALONE = Bounds(-1.0, 1.0)
"""Between these every label lies."""
CORRECTED = Bounds(-3.0, 3.0)
"""And every label corrected by verdicts: itself and the difference of two verdicts."""
DIFFERENCE = Bounds(-2.0, 2.0)
"""And every verdict minus its label."""
UNKNOWN_ERROR, UNKNOWN_SPREAD = 0.25, 0.6
"""Variance of a label around its verdict, and of verdicts, where nothing is known of a judge."""


def gain_p_value(
    labeled: Labeled, unlabeled: Sequence[float], *, limit: float = 0.0, alpha: float = 0.05
) -> float:
    """Give the p-value of "people's mean label is at most ``limit``", from labels and verdicts.

    From `NORMAL_FROM` labels on by the corrected mean and its standard error; below by a bet on the labels
    corrected each by verdicts of its own, and another on the labels alone, with half of the stake each.

    Args:
        labeled: Drawn at random from the pairs, in the order drawn.
        unlabeled: Verdicts on the other pairs, in an order that tells nothing.
        limit: What is to be exceeded: 0 for a gain, minus the margin for "not worse".
        alpha: The level for which the stakes of the bets are chosen.

    >>> from random import Random
    >>> rng = Random(1)
    >>> pairs = [rng.choice([1, 1, 0, -1]) for _ in range(1100)]
    >>> gain_p_value(Labeled(pairs[:100], pairs[:100]), pairs[100:]) < 0.02
    True
    """
    if len(labeled.labels) < 2:
        return 1.0
    if len(labeled.labels) >= NORMAL_FROM:
        found = correct_mean(labeled, unlabeled)
        return _tail(found.estimate - limit, found.error, found.labels)
    y, f = np.asarray(labeled.labels, float), np.asarray(labeled.verdicts, float)
    alone = log_capital(y, limit, bounds=LABELS_ALONE, alpha=alpha)
    rows = _correct_each(y, f, np.asarray(unlabeled, float))
    corrected = log_capital(rows, limit, bounds=CORRECTED, alpha=alpha)
    return math.exp(min(0.0, -float(np.logaddexp(alone, corrected).max() - math.log(2))))


def p_value_given_bias(
    verdicts: Sequence[float], *, shift: float, limit: float = 0.0, alpha: float = 0.05
) -> float:
    """Give the p-value of "people's mean label is at most ``limit``" where a judge errs by ``shift`` at most.

    The mean verdict is then at most ``limit + shift``, which is what is tested.

    Args:
        verdicts: On all pairs, one per conversation, -1 to 1.
        shift: Largest difference between the mean verdict and the mean label, 0 or more.
        limit: What people's mean is to exceed.
        alpha: The level for which the stakes of the bet are chosen.

    >>> judged = [1, 1, 1, 0, -1] * 100
    >>> p_value_given_bias(judged, shift=0.1) < 1e-6, p_value_given_bias(judged, shift=0.4) > 0.3
    (True, True)
    """
    return _mean_p_value(np.asarray(verdicts, float), limit + shift, bounds=LABELS_ALONE, alpha=alpha)


def bias_bound(labeled: Labeled, *, alpha: float) -> float:
    """Give a bound on how far a judge's mean verdict lies from people's mean label, above or below.

    Args:
        labeled: Pairs of one comparison that both looked at.
        alpha: Chance that the difference is larger.

    Returns:
        0 to 2; 2 where fewer than two pairs are labeled.

    >>> 0.08 < bias_bound(Labeled([0.0] * 400, [0.1] * 400), alpha=0.05) < 0.11
    True
    """
    difference = np.asarray(labeled.verdicts, float) - np.asarray(labeled.labels, float)
    found = mean_interval(difference, bounds=DIFFERENCE, alpha=alpha)
    return max(abs(found.low), abs(found.high))


def mean_interval(values: Floats, *, bounds: Bounds, alpha: float) -> Interval:
    """Give an interval for the mean of bounded values, in which it does not lie with chance alpha at most.

    >>> mean_interval(np.array([1.0]), bounds=Bounds(-1, 1), alpha=0.05)
    Interval(low=-1, high=1)
    """
    if len(values) < 2:
        return Interval(bounds.low, bounds.high)
    if len(values) >= NORMAL_FROM:
        half = float(scipy.stats.t.isf(alpha / 2, len(values) - 1)) * _standard_error(values)
        middle = float(values.mean())
        return Interval(max(bounds.low, middle - half), min(bounds.high, middle + half))
    mirrored = Bounds(-bounds.high, -bounds.low)
    return Interval(_lower(values, bounds, alpha / 2), -_lower(-values, mirrored, alpha / 2))


def labels_needed(labeled: Labeled, gain: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Say about how many labels show a gain with the given power, where any number of pairs is judged.

    ``variance(y - f) * ((z_alpha + z_power) / gain)^2``: labels correct the verdicts, whose own error is
    taken to be none; see `labels_for_pairs`.

    Args:
        labeled: What is known of the judge's error.
        gain: True mean label, above 0.
        alpha: One-sided level.
        power: Chance of showing it.

    >>> labels_needed(Labeled([], []), 0.10, alpha=0.05)
    155
    """
    return labels_for_pairs(labeled, gain, pairs=math.inf, alpha=alpha, power=power) or 2


def labels_for_pairs(
    labeled: Labeled, gain: float, *, pairs: float, alpha: float = 0.05, power: float = 0.8
) -> int | None:
    """Say about how many labels show a gain where so many pairs are judged.

    The variance of the estimate, ``variance(y - f) / labels + variance(f) / pairs``, must be at most
    ``(gain / (z_alpha + z_power))^2`` (prediction-powered inference, Angelopoulos and others 2023). Below
    `NORMAL_FROM` labels the bound of a bet asks for more. With too few labels to tell, a judge is taken to
    agree with people on three of four pairs, and to prefer one answer in three of five.

    Args:
        labeled: What is known of the judge's error.
        gain: True mean label, above 0.
        pairs: How many are judged.
        alpha: One-sided level.
        power: Chance of showing it.

    Returns:
        At least 2; None where verdicts on so few pairs show no such gain, whatever people say of them.

    >>> unknown = Labeled([], [])
    >>> labels_for_pairs(unknown, 0.10, pairs=2000), labels_for_pairs(unknown, 0.10, pairs=300)
    (190, None)
    """
    error, spread, share = *_spreads(labeled), (gain / _quantiles(alpha, power)) ** 2
    left = share - spread / pairs
    return max(2, math.ceil(error / left)) if left > 0 else None


def verdicts_needed(labeled: Labeled, gain: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """Say about how many judged pairs show a gain, where labels correct them: twice the fewest.

    With that many the verdicts' own error leaves half of the variance to the labels, so that twice
    `labels_needed` do.

    Args:
        labeled: What is known of the judge.
        gain: True mean label, above 0.
        alpha: One-sided level.
        power: Chance of showing it.

    >>> verdicts_needed(Labeled([], []), 0.10)
    742
    """
    spread = _spreads(labeled)[1]
    return max(2, math.ceil(2 * spread * (_quantiles(alpha, power) / gain) ** 2))


def _spreads(labeled: Labeled) -> tuple[float, float]:
    """Give the variance of a label around its verdict, and that of verdicts."""
    y, f = np.asarray(labeled.labels, float), np.asarray(labeled.verdicts, float)
    if len(y) < MIN_WEIGHED_LABELS:
        return UNKNOWN_ERROR, UNKNOWN_SPREAD
    return float((y - f).var(ddof=1)), float(f.var(ddof=1))


def _quantiles(alpha: float, power: float) -> float:
    return float(scipy.stats.norm.isf(alpha)) + float(scipy.stats.norm.ppf(power))


def _mean_p_value(values: Floats, limit: float, *, bounds: Bounds, alpha: float) -> float:
    if len(values) < 2:
        return 1.0
    if len(values) >= NORMAL_FROM:
        return _tail(float(values.mean()) - limit, _standard_error(values), len(values))
    capital = log_capital(values, limit, bounds=bounds, alpha=alpha)
    return math.exp(min(0.0, -float(capital.max())))


def _standard_error(values: Floats) -> float:
    return max(float(values.std(ddof=1)), 1 / len(values)) / math.sqrt(len(values))


def _tail(above: float, error: float, count: int) -> float:
    # Values that are all the same prove nothing of those not seen: one more is taken to differ by 1.
    floor = 1 / count / math.sqrt(count)
    return float(scipy.stats.t.sf(above / max(error, floor), count - 1))


def _correct_each(labels: Floats, verdicts: Floats, unlabeled: Floats) -> Floats:
    """Correct each label by the verdicts of as many unlabeled pairs of its own, so that rows are independent.

    The weight of the verdicts is that of the rows before, so that it cannot know the row.
    """
    each = len(unlabeled) // len(labels)
    if not each:
        return labels
    blocks = unlabeled[: each * len(labels)].reshape(len(labels), each).mean(axis=1)
    weights = [best_weight(labels[:n], verdicts[:n], 1 / each) for n in range(len(labels))]
    rows: Floats = labels + np.asarray(weights) * (blocks - verdicts)
    return rows


def _lower(values: Floats, bounds: Bounds, alpha: float) -> float:
    """Give the largest limit that a bet shows to be exceeded."""
    low, high = bounds.low, float(values.mean())
    for _ in range(40):
        middle = (low + high) / 2
        shows = log_capital(values, middle, bounds=bounds, alpha=alpha).max() >= math.log(1 / alpha)
        low, high = (middle, high) if shows else (low, middle)
    return low
