"""Which of many findings may be reported, so that few of them are false?"""

from collections.abc import Sequence


def benjamini_hochberg(p_values: Sequence[float], q: float = 0.1) -> list[bool]:
    """Say which findings count, with the expected share of false ones at most ``q``.

    Benjamini and Hochberg (1995); holds for independent and positively dependent tests.

    >>> benjamini_hochberg([0.01, 0.9, 0.04])
    [True, False, True]
    """
    m = len(p_values)
    ranked = sorted(range(m), key=lambda i: p_values[i])
    passed = [rank for rank, i in enumerate(ranked, start=1) if p_values[i] <= q * rank / m]
    kept = set(ranked[: max(passed, default=0)])
    return [i in kept for i in range(m)]
