"""What would another policy have been worth, judged from what was logged under this one?"""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import scipy
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[np.float64]
Policy = Mapping[str, Mapping[str, float]]
"""Context to action to probability."""

MIN_EFFECTIVE_SAMPLE = 100.0
"""Least effective sample from which an answer is given."""

FOLDS = 2
"""The reward model never predicts a row that it was fitted on."""


POOLED_MEAN_WEIGHT = 4.0
"""Outcomes that a kin's mean counts for in the reward model."""


class Logged(Struct, frozen=True):
    """One decision and what came of it; one per conversation, the unit of assignment."""

    context: str
    action: str
    probability: float
    """That of the action under the policy that took it, above 0."""
    reward: float
    """0 to 1."""


class Estimate(Struct, frozen=True):
    """A value with its 95 % limits, 0 to 1."""

    value: float
    low: float
    high: float


class Value(Struct, frozen=True):
    """What the other policy is worth by three estimators; they should agree."""

    ips: Estimate
    """Inverse propensity score (Horvitz and Thompson 1952): unbiased, wide."""
    snips: Estimate
    """Self-normalised (Swaminathan and Joachims 2015)."""
    doubly_robust: Estimate
    """With a model of the reward (Dudik, Langford and Li 2011): the one to read."""
    effective_sample: float
    """(sum w)^2 / sum w^2 (Kish 1965)."""
    n: int


class NoEstimate(Struct, frozen=True):
    """Why the log does not say."""

    reason: str
    effective_sample: float
    needed: float
    """Effective sample, at least."""


def value_of(
    log: Sequence[Logged], policy: Policy, *, fewest: float = MIN_EFFECTIVE_SAMPLE
) -> Value | NoEstimate:
    """Estimate the mean reward another policy would have earned in the same contexts.

    Args:
        log: Decisions with their exact probabilities.
        policy: What the other would do; an action or context it does not name has probability 0.
        fewest: Effective sample below which nothing is said.

    Returns:
        The value with 95 % intervals, or a refusal where the two policies hardly overlap.

    >>> log = [Logged("x", "ab"[i % 2], 0.5, float(i % 2)) for i in range(400)]
    >>> value_of(log, {"x": {"b": 1.0}}).snips.value
    1.0
    >>> value_of(log[:20], {"x": {"b": 1.0}}).reason
    'The effective sample is 10, and 100 is needed.'
    """
    rows = [row for row in log if _is_usable(row)]
    if not rows:
        return NoEstimate("Nothing usable was logged.", 0.0, fewest)
    reward = np.array([row.reward for row in rows])
    weight = np.array([policy.get(r.context, {}).get(r.action, 0.0) / r.probability for r in rows])
    size = effective_sample(weight)
    # Few rows that carry all the weight give an answer, and limits, that mean nothing.
    if size < fewest:
        return NoEstimate(f"The effective sample is {size:.0f}, and {fewest:.0f} is needed.", size, fewest)
    unseen = _share_unsupported(rows, policy)
    if unseen > 0.01:
        return NoEstimate(f"{unseen:.0%} of what it would do was never tried.", size, fewest)
    predicted, expected = _model(rows, policy)
    return Value(
        _mean(weight * reward),
        _ratio(weight, reward),
        _mean(expected + weight * (reward - predicted)),
        size,
        len(rows),
    )


def effective_sample(weight: Array) -> float:
    """Say how many rows of the policy's own the weighted rows are worth.

    >>> effective_sample(np.array([1.0, 1.0, 0.0]))
    2.0
    """
    squares = float((weight * weight).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def _is_usable(row: Logged) -> bool:
    return 0 < row.probability <= 1 and 0 <= row.reward <= 1


def _share_unsupported(rows: Sequence[Logged], policy: Policy) -> float:
    """Give the part of the other policy's actions that the log holds no example of."""
    tried = {(row.context, row.action) for row in rows}
    missing = {
        context: 1 - sum(p for action, p in policy.get(context, {}).items() if (context, action) in tried)
        for context in {row.context for row in rows}
    }
    return sum(missing[row.context] for row in rows) / len(rows)


def _mean(terms: Array) -> Estimate:
    """Give a mean with limits corrected for skewness (Johnson 1978; Hall 1992), as weights are skewed."""
    n = len(terms)
    mean, deviation = float(terms.mean()), float(terms.std(ddof=1)) if n > 1 else 1.0
    if deviation == 0:
        deviation = 1e-12
    skew = float((((terms - mean) / deviation) ** 3).mean())
    error = deviation / math.sqrt(n)
    return _clip(mean, mean - error * _quantile(0.975, skew, n), mean - error * _quantile(0.025, skew, n))


def _quantile(q: float, skew: float, n: int) -> float:
    """Give a quantile of the studentized mean by its Edgeworth expansion; never narrower than normal."""
    z = float(scipy.stats.norm.ppf(q))
    shift = skew * (2 * z * z + 1) / (6 * math.sqrt(n))
    return min(z, z - shift) if q < 0.5 else max(z, z - shift)


def _ratio(weight: Array, reward: Array) -> Estimate:
    """Give the weighted mean, its limits from the terms it is made of."""
    value = float((weight * reward).sum() / weight.sum())
    # Of a ratio: the limits are those of its linearization (the delta method).
    around = _mean(weight * (reward - value) / weight.mean() + value)
    return Estimate(value, around.low, around.high)


def _model(rows: Sequence[Logged], policy: Policy) -> tuple[Array, Array]:
    """Predict each row's reward from the other folds, for its own action and for the policy's."""
    predicted, expected = np.empty(len(rows)), np.empty(len(rows))
    for fold in range(FOLDS):
        # Cross-fitting: a model that has seen the row would make the correction too small.
        guess = _guesses([row for i, row in enumerate(rows) if i % FOLDS != fold])
        worth = {
            c: sum(p * guess(c, a) for a, p in policy.get(c, {}).items()) for c in {r.context for r in rows}
        }
        for i in range(fold, len(rows), FOLDS):
            predicted[i] = guess(rows[i].context, rows[i].action)
            expected[i] = worth[rows[i].context]
    return predicted, expected


def _guesses(rows: Sequence[Logged]) -> Callable[[str, str], float]:
    """Give a reward model: the mean of an action in a context, shrunk toward the action's and all."""
    cells: dict[tuple[str, str], tuple[float, int]] = {}
    actions: dict[str, tuple[float, int]] = {}
    for row in rows:
        total, n = cells.get((row.context, row.action), (0.0, 0))
        cells[row.context, row.action] = (total + row.reward, n + 1)
        total, n = actions.get(row.action, (0.0, 0))
        actions[row.action] = (total + row.reward, n + 1)
    overall = (sum(row.reward for row in rows) + 1) / (len(rows) + 2)

    def guess(context: str, action: str) -> float:
        total, n = actions.get(action, (0.0, 0))
        prior = (total + POOLED_MEAN_WEIGHT * overall) / (n + POOLED_MEAN_WEIGHT)
        total, n = cells.get((context, action), (0.0, 0))
        return (total + POOLED_MEAN_WEIGHT * prior) / (n + POOLED_MEAN_WEIGHT)

    return guess


def _clip(value: float, low: float, high: float) -> Estimate:
    low, value, high = (min(1.0, max(0.0, number)) for number in (low, value, high))
    return Estimate(value, low, high)
