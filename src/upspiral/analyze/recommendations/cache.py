"""Which recommendations are known so far, and what has to be read again?"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from upspiral.analyze.recommendations.categorical import Column
from upspiral.analyze.recommendations.extract import FeatureTable, agrees, concatenate_tables, verdict
from upspiral.analyze.recommendations.samples import BEGINNING, Moments, Samples, micros
from upspiral.domain.learning import Recommended

HOUR = timedelta(hours=1)
HOUR_US = 3_600_000_000
AGREEMENT = ("alone", "several agents")


def hours_of(since: datetime, until: datetime) -> list[datetime]:
    """Give every hour that a time touches.

    >>> len(hours_of(BEGINNING, BEGINNING + timedelta(minutes=61)))
    2
    """
    first, last = ((moment - BEGINNING) // HOUR for moment in (since, until))
    return [BEGINNING + hour * HOUR for hour in range(first, last + 1)]


def find_stale_hours(kept: FeatureTable, there: Mapping[datetime, int]) -> list[datetime]:
    """Say which hours have to be read again, because they hold more or less than what is kept.

    Args:
        kept: What is known.
        there: Recommendations by hour in the store.
    """
    hours, sizes = np.unique(kept.at // HOUR_US, return_counts=True)
    known = dict(zip(hours.tolist(), sizes.tolist(), strict=True))
    return sorted(hour for hour, n in there.items() if known.get(micros(hour) // HOUR_US, 0) != n)


def newest_hours(there: Mapping[datetime, int], most: int) -> dict[datetime, int]:
    """Give the newest hours that together hold at least so many, or all."""
    found, total = dict[datetime, int](), 0
    for hour in sorted(there, reverse=True):
        if total >= most:
            break
        found[hour] = there[hour]
        total += there[hour]
    return found


def spans(hours: Sequence[datetime]) -> list[tuple[datetime, datetime]]:
    """Give hours in a row as one stretch.

    >>> len(spans([BEGINNING, BEGINNING + HOUR, BEGINNING + 5 * HOUR]))
    2
    """
    found: list[tuple[datetime, datetime]] = []
    for hour in hours:
        if found and found[-1][1] == hour:
            found[-1] = (found[-1][0], hour + HOUR)
        else:
            found.append((hour, hour + HOUR))
    return found


def replace_hours(
    kept: FeatureTable, fresh: Sequence[FeatureTable], *, hours: Iterable[datetime], there: Iterable[datetime]
) -> FeatureTable:
    """Replace what was kept by what was read again.

    Args:
        kept: What was known.
        fresh: What the stale hours hold now, each in order.
        hours: The stale hours.
        there: All hours that hold something; others are dropped.
    """
    numbers = kept.at // HOUR_US
    stay = [micros(hour) // HOUR_US for hour in set(there).difference(hours)]
    rows = np.flatnonzero(np.isin(numbers, stay))
    if len(rows) == len(kept) and not fresh:
        return kept
    whole = concatenate_tables([kept.take(rows), *fresh])
    return whole.take(_order(whole.at, whole.ids))


def update_outcomes(kept: FeatureTable, changed: Sequence[Recommended]) -> FeatureTable:
    """Take over how recommendations turned out; those that are not kept are passed over."""
    at = np.array([micros(one.at) for one in changed], dtype=np.int64)
    begin, end = (np.searchsorted(kept.at, at, side).tolist() for side in ("left", "right"))
    approved, settled = kept.approved.copy(), kept.settled.copy()
    for one, lo, hi in zip(changed, begin, end, strict=True):
        place = bisect_left(kept.ids, one.id, lo, hi)
        if place < hi and kept.ids[place] == one.id:
            approved[place], settled[place] = verdict(one)
    return replace(kept, approved=approved, settled=settled)


def window(kept: FeatureTable, *, since: datetime, until: datetime, most: int) -> Samples:
    """Give the newest so many recommendations after a moment up to another, as samples.

    Agents agree where, within one workflow and type, they say the same.
    """
    lo, hi = (int(np.searchsorted(kept.at, micros(moment), side="right")) for moment in (since, until))
    seen = kept.take(slice(max(lo, hi - most), hi))
    several = agrees(seen.action, seen.features["agent"].codes)
    features = {**seen.features, "agreement": Column(AGREEMENT, several.astype(np.int32))}
    return Samples(features, seen.approved, seen.settled, seen.flow, seen.confidence)


def _order(at: Moments, ids: NDArray[np.object_]) -> NDArray[np.int64]:
    """Order by moment, and where that is the same by id."""
    order = np.argsort(at, kind="stable")
    same = np.flatnonzero(at[order[1:]] == at[order[:-1]])
    wrong = same[ids[order[same]] > ids[order[same + 1]]]
    done = -1
    for place in wrong.tolist():
        if place > done:
            lo, hi = (int(np.searchsorted(at[order], at[order[place]], side)) for side in ("left", "right"))
            order[lo:hi] = sorted(order[lo:hi].tolist(), key=ids.__getitem__)
            done = hi - 1
    return order
