"""Which groups fail more often than noise explains, and are they growing or fading?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from upspiral.analyze.config import AnalyzeSettings
from upspiral.domain import Trend
from upspiral.stats.changepoint import change
from upspiral.stats.contrast import compare, contrast
from upspiral.stats.discovery import benjamini_hochberg
from upspiral.stats.proportions import exceeds

REGRESSED = 2.0
"""Standard errors by which a group must fail more often later on, in the half that is explored, to be
tested."""


class Tally(Struct, frozen=True):
    """How one group does."""

    group: int
    failures: int
    n: int
    p_value: float
    """Chance of so many failures in a group that fails no more often than is tolerated, or than those that
    belong to no failing group."""
    since: date | None = None
    """The day from which on it is looked at, where it began to fail; None for all of them."""


@dataclass(frozen=True)
class Judged:
    """Conversations with what became of them."""

    failed: NDArray[np.bool_]
    """Did it fail; shape (n,)."""
    explored: NDArray[np.bool_]
    """Was it used to find the groups; shape (n,)."""
    days: Sequence[date]
    """The day of each."""


def tallies(labels: NDArray[np.int64], seen: Judged, settings: AnalyzeSettings) -> list[Tally]:
    """Test each group for failing more often than is tolerated, and more often than what belongs to none.

    A group is tested only on conversations that were not used to find it, so that the test is honest. Counts
    are told over all its conversations. It is held against conversations outside all failing groups: an agent
    that fails at ten things does not hide each of them behind the nine others.

    Args:
        labels: Group of each conversation, shape (n,); -1 for none.
        seen: The conversations.
        settings: Thresholds.
    """
    outside = _outside(labels, seen)
    return [_tally(k, (labels == k, outside), seen, settings) for k in range(int(labels.max(initial=-1)) + 1)]


def regressions(labels: NDArray[np.int64], seen: Judged, settings: AnalyzeSettings) -> list[Tally]:
    """Test groups that fail more often since a day: what went well until then hides it in the window's mean.

    The day is chosen where the explored half says that there may be one. From then on, in the other half, the
    group must fail more often than is tolerated, than the rest, and than itself before.

    Args:
        labels: Group of each conversation, shape (n,); -1 for none.
        seen: The conversations.
        settings: Thresholds.
    """
    when = np.array([day.toordinal() for day in seen.days], dtype=np.int64)
    found, outside = [], _outside(labels, seen)
    for k in range(int(labels.max(initial=-1)) + 1):
        inside = labels == k
        began = _regressed(when[inside & seen.explored], seen.failed[inside & seen.explored])
        if began is not None:
            fresh, later = inside & ~seen.explored, when >= began
            grown = contrast(later[fresh], seen.failed[fresh], higher=True).p_value
            recent = _tally(k, (inside & later, outside | (inside & ~later)), seen, settings)
            p_value = max(recent.p_value, grown)
            found.append(Tally(k, recent.failures, recent.n, p_value, date.fromordinal(began)))
    return found


def sure(tested: Sequence[Tally], settings: AnalyzeSettings) -> list[Tally]:
    """Keep those that are weaknesses, with few false ones among all that were tested; most failures first."""
    kept = benjamini_hochberg([t.p_value for t in tested], settings.false_discoveries)
    found = [t for t, keep in zip(tested, kept, strict=True) if keep and t.failures >= settings.min_failures]
    return sorted(found, key=lambda t: (-t.failures, t.group))


def _tally(
    group: int, rows: tuple[NDArray[np.bool_], NDArray[np.bool_]], seen: Judged, settings: AnalyzeSettings
) -> Tally:
    """Test the rows inside a group against those outside of it."""
    inside, outside = rows
    here = _count(seen.failed, inside & ~seen.explored)
    there = _count(seen.failed, outside & ~inside & ~seen.explored)
    p = max(exceeds(*here, settings.tolerated_failure_rate), compare(here, there, higher=True).p_value)
    return Tally(group, int(seen.failed[inside].sum()), int(inside.sum()), p)


def _count(failed: NDArray[np.bool_], rows: NDArray[np.bool_]) -> tuple[int, int]:
    return int(failed[rows].sum()), int(rows.sum())


def _outside(labels: NDArray[np.int64], seen: Judged) -> NDArray[np.bool_]:
    """Give the conversations of no group, and of groups that fail no more often than all do, shape (n,).

    Only the explored half says which groups fail, so that a test on the other half stays honest.
    """
    outside, all_failed, all_n = labels < 0, *_count(seen.failed, seen.explored)
    for k in range(int(labels.max(initial=-1)) + 1):
        failed, n = _count(seen.failed, (labels == k) & seen.explored)
        if failed * all_n <= all_failed * n:
            outside = outside | (labels == k)
    return outside


def _regressed(when: NDArray[np.int64], bad: NDArray[np.bool_]) -> int | None:
    """Give the day from which on failures stand out most against those before; None where they do not."""
    days = np.unique(when)[1:].tolist()
    if not days:
        return None
    stands_out = [contrast(when >= day, bad, higher=True).z for day in days]
    best = int(np.argmax(stands_out))
    return int(days[best]) if stands_out[best] >= REGRESSED else None


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
