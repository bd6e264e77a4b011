"""Did many come at one moment who are otherwise few? Then they may be one in disguise."""

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import TypeVar

import scipy

K = TypeVar("K")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SURPRISE = 1e-6
"""Chance, over all windows together, with which arrivals that are independent are taken for a burst."""
BUSY = 2.0
"""A busy window sees so many times as many arrivals as the median one, without being a burst."""


def find_bursts(arrivals: Mapping[K, datetime], *, window: timedelta) -> dict[K, int]:
    """Find those who arrived in a window with far more arrivals than any other would have by chance.

    The arrivals in a window are taken to be Poisson with twice the median of all windows that saw any; a
    window is a burst where so many would be seen in one of a million such histories (Bonferroni).

    Args:
        arrivals: When each was seen first.
        window: How long a burst may be; windows are counted from 1970 on.

    Returns:
        For each that came in a burst, the number of its window.

    >>> begin = datetime(2026, 1, 1, tzinfo=UTC)
    >>> calm = {f"u{n}": begin + timedelta(hours=n) for n in range(50)}
    >>> crowd = {f"bot{n}": begin + timedelta(hours=60, seconds=n) for n in range(30)}
    >>> sorted(find_bursts(calm | crowd, window=timedelta(minutes=10))) == sorted(crowd)
    True
    """
    windows: dict[int, list[K]] = defaultdict(list)
    for who, at in arrivals.items():
        windows[math.floor((at - _EPOCH) / window)].append(who)
    if not windows:
        return {}
    usual = BUSY * median(map(len, windows.values()))
    level = SURPRISE / len(windows)
    bursts = {n: those for n, those in windows.items() if scipy.special.pdtrc(len(those) - 1, usual) < level}
    return {who: n for n, those in bursts.items() for who in those}
