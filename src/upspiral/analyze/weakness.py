"""Which groups fail more often than noise explains, and are they growing or fading?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from upspiral.analyze.candidates import CandidateGroup, Judged
from upspiral.analyze.config import AnalyzeSettings
from upspiral.domain import Trend
from upspiral.stats.changepoint import change
from upspiral.stats.contrast import Contrast, contrast
from upspiral.stats.proportions import exceeds
from upspiral.stats.subgroups import Search, sift

Bools = NDArray[np.bool_]


def sure(
    groups: Sequence[CandidateGroup], seen: Judged, settings: AnalyzeSettings
) -> list[tuple[CandidateGroup, Bools]]:
    """Keep the groups that are weaknesses, with few false ones among all that are tested.

    A group is tested only on conversations that were not used to find it, so that the test is honest: it must
    fail more often than is tolerated and than the rest; where a day is named, than the rest since then and
    than itself before. One that only repeats another is left out.

    Args:
        groups: What the explored half suggests.
        seen: The conversations.
        settings: Thresholds.

    Returns:
        Each with its conversations since it began, shape (n,); the surest first.
    """
    when = np.array([day.toordinal() for day in seen.days], dtype=np.int64)
    everywhen = np.ones(len(when), dtype=np.bool_)
    later = [everywhen if one.since is None else when >= one.since.toordinal() for one in groups]
    rows = [one.members & since for one, since in zip(groups, later, strict=True)]
    enough = [k for k, inside in enumerate(rows) if (inside & seen.failed).sum() >= settings.min_failures]
    if not enough:
        return []
    measured = [_measured(groups[k].members, later[k], seen, settings) for k in enough]
    fresh = ~seen.explored
    inside = np.stack([rows[k][fresh] for k in enough])
    how = Search(q=settings.false_discoveries)
    kept = sift(measured, inside, seen.failed[fresh], how=how).kept
    return [(groups[enough[k]], rows[enough[k]]) for k in kept]


def _measured(members: Bools, later: Bools, seen: Judged, settings: AnalyzeSettings) -> Contrast:
    """Hold a group against the rest; its p-value is the highest of all that it must pass."""
    fresh, inside = later & ~seen.explored, members & later & ~seen.explored
    against_rest = contrast(inside[fresh], seen.failed[fresh], higher=True)
    tolerated = exceeds(int(seen.failed[inside].sum()), int(inside.sum()), settings.tolerated_failure_rate)
    own = members & ~seen.explored
    against_past = 0.0 if later.all() else contrast(later[own], seen.failed[own], higher=True).p_value
    return replace(against_rest, p_value=max(against_rest.p_value, tolerated, against_past))


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
