"""Which groups fail more often than noise explains, and are they growing or fading?"""

from collections import Counter
from collections.abc import Sequence
from datetime import date

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from upspiral.analyze.config import AnalyzeSettings
from upspiral.domain import Trend
from upspiral.stats.changepoint import change
from upspiral.stats.discovery import benjamini_hochberg
from upspiral.stats.proportions import exceeds


class Tally(Struct, frozen=True):
    """How one group does."""

    group: int
    failures: int
    n: int
    p_value: float
    """Chance of so many failures in a group that fails no more often than is tolerated."""


def weaknesses(
    labels: NDArray[np.int64], failed: Sequence[bool], *, found_in: Sequence[bool], settings: AnalyzeSettings
) -> list[Tally]:
    """Say which groups are weaknesses, the one with the most failures first.

    A group is tested only on conversations that were not used to find it, so that the test is honest;
    among all groups the false discovery rate is controlled. Rates are told over all its conversations.

    Args:
        labels: Group of each conversation, shape (n,); -1 for none.
        failed: Did it fail; shape (n,).
        found_in: Was it used to find the groups; shape (n,).
        settings: Thresholds.
    """
    bad, used = np.asarray(failed, dtype=np.bool_), np.asarray(found_in, dtype=np.bool_)
    tallies = []
    for k in range(int(labels.max(initial=-1)) + 1):
        inside = labels == k
        fresh = inside & ~used
        p = exceeds(int(bad[fresh].sum()), int(fresh.sum()), settings.tolerated_failure_rate)
        tallies.append(Tally(k, int(bad[inside].sum()), int(inside.sum()), p))
    kept = benjamini_hochberg([t.p_value for t in tallies], settings.false_discoveries)
    found = [t for t, keep in zip(tallies, kept, strict=True) if keep and t.failures >= settings.min_failures]
    return sorted(found, key=lambda t: (-t.failures, t.group))


def trend(
    members: Sequence[date], everything: Sequence[date], *, rng: np.random.Generator
) -> tuple[Trend, str | None]:
    """Test whether a group's part of all conversations changed, which way, and from which day on.

    Fewer than four days say nothing.

    Args:
        members: Day of each of its failures.
        everything: Day of every conversation.
        rng: Where the permutations of the test come from.

    >>> week = [date(2026, 1, day) for day in range(1, 8) for _ in range(40)]
    >>> late = [day for day in week if day.day > 4][::2]
    >>> way, since = trend(late, week, rng=np.random.default_rng(0))
    >>> way.value, since
    ('growing', '2026-01-05')
    """
    hits, totals = Counter(members), Counter(everything)
    days = sorted(totals)
    found = change([hits[day] for day in days], [totals[day] for day in days], rng=rng)
    return Trend(found.direction), None if found.day is None else days[found.day].isoformat()
