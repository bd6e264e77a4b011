"""Is a canary worse, or shown to be good enough? Evidence that may be looked at after every outcome."""

import math

import numpy as np
from numpy.typing import NDArray

from upspiral.stats.proportions import Interval

DROPS = (0.05, 0.1, 0.2)
"""Drops of the success rate over which the evidence is averaged."""

RISKS = (1.25, 1.6, 2.5)
"""How many times more often than the stable version a worse canary fails; averaged over."""

MIXTURE = 0.216
"""Where the confidence sequence is tightest: at about 700 canary conversations."""


def rollback_evidence(
    arms: NDArray[np.bool_], outcomes: NDArray[np.bool_], *, share: float
) -> NDArray[np.float64]:
    """Give the evidence that the canary is worse, by success rates and by the count of failures.

    The mean of `e_process` and `failure_evidence`: the mean of two e-processes is one again, whatever their
    dependence. The first sees how the judged conversations went; the second also works where users only
    complain and never praise, so that every judged conversation is a failure.

    Args:
        arms: True where the canary answered; shape (n,), judged conversations in the order of settling.
        outcomes: True for a success; shape (n,).
        share: Part of all conversations that the canary answers, above 0 and below 1.

    Returns:
        The evidence, shape (n,). Where the canary is not worse it reaches 1/alpha with chance at most alpha.

    >>> only_complaints = np.zeros(40, dtype=np.bool_)
    >>> bool(rollback_evidence(np.ones(40, dtype=np.bool_), only_complaints, share=0.5)[-1] > 20)
    True
    """
    return (e_process(arms, outcomes) + failure_evidence(arms, outcomes, share=share)) / 2


def failure_evidence(
    arms: NDArray[np.bool_], outcomes: NDArray[np.bool_], *, share: float
) -> NDArray[np.float64]:
    """Give the evidence that more than its share of the failures is the canary's, after every conversation.

    The side of a conversation is drawn at random, so that a canary that fails as often as the stable version
    has each failure with chance `share`, however many conversations nobody judges. The likelihood ratio
    against a canary that fails r times as often, which has each with chance r share / (r share + 1 - share),
    is a test martingale (Ville 1939); it is averaged over `RISKS`.

    Args:
        arms: True where the canary answered; shape (n,).
        outcomes: True for a success, which changes nothing; shape (n,).
        share: Part of all conversations that the canary answers, above 0 and below 1.

    Returns:
        The evidence, shape (n,).

    >>> fails = np.zeros(2, dtype=np.bool_)
    >>> failure_evidence(np.array([True, False]), fails, share=0.5).round(2).tolist()
    [1.26, 0.92]
    """
    risks = np.array(RISKS)
    # Given that a conversation failed: the chance that it was the canary's, if that fails r times as often.
    more = risks * share / (risks * share + 1 - share)
    steps = np.where(arms[:, None], np.log(more / share), np.log((1 - more) / (1 - share)))
    logs = np.where(outcomes[:, None], 0.0, steps).cumsum(axis=0)
    peaks = logs.max(axis=1)
    # The mean of martingales is one; taken over the largest, for a likelihood may overflow.
    worth = peaks + np.log(np.exp(logs - peaks[:, None]).mean(axis=1))
    return np.asarray(np.exp(np.minimum(worth, 700.0)), dtype=np.float64)


def e_process(arms: NDArray[np.bool_], outcomes: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give the evidence that the canary is worse than the stable version, after every conversation.

    A block runs until it holds outcomes of both arms; its e-variable is the two-sample one of Turner, Ly and
    Grünwald (2024), with both rates estimated from the blocks before it, averaged over `DROPS`. Where the
    canary is not worse, the chance that the evidence ever reaches 1/alpha is at most alpha (Ville's
    inequality).

    Args:
        arms: True where the canary answered; shape (n,), in the order in which outcomes settled.
        outcomes: True for a success; shape (n,).

    Returns:
        The evidence, shape (n,), starting at 1.

    >>> e_process(np.array([False, True]), np.array([True, True])).shape
    (2,)
    """
    drops = np.array(DROPS)
    logs = np.zeros(len(drops))
    evidence = np.empty(len(arms))
    block, seen, worth = _NO_OUTCOMES.copy(), _NO_OUTCOMES.copy(), 1.0
    for i, (is_canary, success) in enumerate(zip(arms.tolist(), outcomes.tolist(), strict=True)):
        block[int(is_canary), int(success)] += 1
        # A block needs both arms; its rates come from the blocks before it, or it would test what it was
        # fitted to.
        if block.sum(axis=1).all():
            logs += _block(drops, block, seen)
            seen, block = seen + block, _NO_OUTCOMES.copy()
            peak = logs.max()
            worth = math.exp(min(700.0, peak + math.log(np.exp(logs - peak).mean())))
        evidence[i] = worth
    return evidence


_NO_OUTCOMES = np.zeros((2, 2))
"""Outcomes by arm (stable, canary) and result (failure, success)."""


def _block(
    drops: NDArray[np.float64], block: NDArray[np.float64], seen: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Give the logarithm of a block's e-variable for each drop."""
    # Begins at 0.75 and stays below 1: an impossible outcome would end the evidence for good.
    q0 = min(0.995, (seen[0, 1] + 1.5) / (seen[0].sum() + 2))
    q1 = np.maximum(0.005, np.minimum(q0 - drops, q0 * 0.98))
    m, k = block[0].sum(), block[1].sum()
    # The null that is nearest to the alternative; against it the ratio is an e-variable for every null.
    pooled = (k * q1 + m * q0) / (k + m)
    stable = block[0, 1] * np.log(q0 / pooled) + block[0, 0] * np.log((1 - q0) / (1 - pooled))
    canary = block[1, 1] * np.log(q1 / pooled) + block[1, 0] * np.log((1 - q1) / (1 - pooled))
    return np.asarray(canary + stable, dtype=np.float64)


def difference_sequence(
    canary_successes: int, canary_n: int, stable_successes: int, stable_n: int, *, alpha: float = 0.05
) -> Interval:
    """Give an interval for the canary's success rate minus the stable one's, valid at every look.

    The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024), with the
    variance of the difference; each limit is wrong with chance at most ``alpha``.

    >>> difference_sequence(0, 0, 5, 9)
    Interval(low=-1.0, high=1.0)
    >>> difference_sequence(300, 300, 200, 300).low > 0
    True
    """
    if canary_n == 0 or stable_n == 0:
        return Interval(-1.0, 1.0)
    # One of each added: ten successes of ten do not mean that nothing varies.
    p1, p0 = (canary_successes + 1) / (canary_n + 2), (stable_successes + 1) / (stable_n + 2)
    variance = canary_n * (p1 * (1 - p1) / canary_n + p0 * (1 - p0) / stable_n)
    scaled = canary_n * variance * MIXTURE**2
    half = math.sqrt((scaled + 1) * math.log((scaled + 1) / (2 * alpha) ** 2)) / (canary_n * MIXTURE)
    middle = canary_successes / canary_n - stable_successes / stable_n
    return Interval(max(-1.0, middle - half), min(1.0, middle + half))


def drops_detectable(canary_n: int, share: float, baseline: float, alpha: float = 0.05) -> float:
    """Give the drop that so many canary outcomes would have shown, by the small-effect bound.

    Canary outcomes needed are about 2 p (1-p) ln(1/alpha) / ((1-share) drop^2).

    >>> round(drops_detectable(276, 0.1, 0.9), 2)
    0.05
    """
    if canary_n == 0:
        return 1.0
    spread = max(baseline * (1 - baseline), 0.01)
    return min(1.0, math.sqrt(2 * spread * math.log(1 / alpha) / ((1 - share) * canary_n)))


def outcomes_to_promote(
    gain: float, baseline: float, *, share: float, margin: float, alpha: float = 0.05
) -> int:
    """Say how many canary outcomes promote a candidate whose true gain is known.

    Args:
        gain: True difference of success rates; counts as far as the rate of the canary is at most 1.
        baseline: Success rate of the stable version.
        share: The canary's part of the traffic.
        margin: As much worse still counts as not worse.
        alpha: Chance of promoting one that is worse by the margin.

    >>> outcomes_to_promote(0.05, 0.8, share=0.1, margin=0.02)
    266
    """
    low, high = 1, 10_000_000
    # The interval narrows as n grows, so halving finds the first n that is enough.
    while low < high:
        n = (low + high) // 2
        stable = max(1, round(n * (1 - share) / share))
        limits = difference_sequence(
            round(n * min(1.0, baseline + gain)), n, round(stable * baseline), stable, alpha=alpha
        )
        low, high = (low, n) if limits.low > -margin else (n + 1, high)
    return low
