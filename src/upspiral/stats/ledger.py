"""How much error may tonight's test spend, so that a year of nights keeps the promise?

LORD++ (Ramdas, Yang, Wainwright and Jordan 2017): with useless candidates every night the chance of any
false promotion, for ever, is at most ``w0``; with some true ones the expected share of duds among
promotions is at most ``alpha``.
"""

import math
from collections.abc import Sequence

ZETA = 2.6123753486854883
"""Riemann's zeta at 1.5: what the weights add up to before they are normalised."""


def weight(night: int) -> float:
    """Give the share of a wealth that the n-th test after it was earned may spend; all add up to 1.

    The weights fall as n^-1.5: steep enough that a good candidate passes in its first nights, flat enough
    that a later one still can.

    >>> round(sum(weight(n) for n in range(1, 200_000)), 2)
    1.0
    """
    return 1 / (ZETA * night * math.sqrt(night))


def lord_alpha(history: Sequence[bool], *, alpha: float = 0.05, w0: float = 0.05) -> float:
    """Give the level of the next test.

    Args:
        history: What the earlier tests said, oldest first; True where one was passed.
        alpha: The guarantee, above 0 and below 1.
        w0: What there is to spend before anything is earned, at most ``alpha``.

    Returns:
        The level at which the next p-value counts as shown.

    >>> round(lord_alpha([]), 4)
    0.0191
    >>> lord_alpha([False] * 10) < lord_alpha([False]) < lord_alpha([])
    True
    >>> lord_alpha([True, True]) > lord_alpha([False, False])
    True
    """
    now = len(history) + 1
    passed = [position for position, won in enumerate(history, start=1) if won]
    level: float = w0 * weight(now)
    if passed:
        level += (alpha - w0) * weight(now - passed[0])
    return level + alpha * sum(weight(now - position) for position in passed[1:])
