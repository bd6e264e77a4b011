"""Is a share growing, steady or fading?"""

import math
from collections.abc import Sequence
from typing import Literal

from scipy.stats import norm

Direction = Literal["growing", "steady", "fading"]


def trend(counts: Sequence[int], totals: Sequence[int], alpha: float = 0.05) -> Direction:
    """Test whether a share moves over equally spaced days (Cochran 1954, Armitage 1955).

    Args:
        counts: How many there were on each day, oldest first.
        totals: Out of how many.
        alpha: Two-sided level.

    >>> trend([1, 5, 12, 30], [100, 100, 100, 100])
    'growing'
    >>> trend([10, 11, 9, 10], [100, 100, 100, 100])
    'steady'
    """
    n, hits = sum(totals), sum(counts)
    if len(totals) < 2 or n == 0 or hits in (0, n):
        return "steady"
    rate = hits / n
    score = sum(
        day * (count - total * rate) for day, (count, total) in enumerate(zip(counts, totals, strict=True))
    )
    first = sum(day * total for day, total in enumerate(totals))
    second = sum(day * day * total for day, total in enumerate(totals))
    variance = rate * (1 - rate) * (second - first * first / n)
    if variance <= 0 or abs(score) / math.sqrt(variance) < norm.isf(alpha / 2):
        return "steady"
    return "growing" if score > 0 else "fading"
