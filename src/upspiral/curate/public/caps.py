"""How much of a set may come of one person for whom nobody vouches? (pure).

A page in a browser rates with a token for one answer: who stands behind it is not known, and one may be many.
So a case that only such people called good or bad is in a set only within limits: of people who have been
known for days, a few a day, a small part of the set, and a number for life. What a verifier, a person with a
key or an error says as well needs no such limit.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from upspiral.curate.config import CurateSettings
from upspiral.curate.select import Case
from upspiral.domain import ExampleKind, Feedback
from upspiral.domain.ids import InteractionId
from upspiral.stats.change.bursts import find_bursts

MIDDLE = 0.5
"""A score above it calls an answer good, one below it bad."""
TOO_NEW = "its public rater is too new"
TOO_MANY_A_DAY = "its public rater rated too many that day"
TOO_MANY_FOR_LIFE = "its public rater taught as much as one may"
TOO_LARGE_A_SHARE = "its public rater has too large a share of the set"


class KnownPublic(Struct, frozen=True):
    """What is known of public raters."""

    first_seen: Mapping[str, datetime]
    """When each of them rated first, by the server's clock."""
    taught: Mapping[str, frozenset[InteractionId]]
    """The cases that each of them brought into earlier sets."""


def limit_public(
    cases: Sequence[Case],
    feedback: Mapping[InteractionId, Sequence[Feedback]],
    known: KnownPublic,
    *,
    settings: CurateSettings,
    now: datetime,
) -> tuple[list[Case], Counter[str]]:
    """Leave out what public raters would bring in beyond their limits.

    People who were first seen in one burst count as one. Which of a person's cases are kept is drawn by the
    hash of their ids, so that nobody chooses it.

    Args:
        cases: Those that would be in the set.
        feedback: The signals about them.
        known: When public raters were first seen, and what they taught.
        settings: The limits.
        now: The present moment.

    Returns:
        The cases that stay, in their order, each with the public rater whose word alone brings it in; and why
        the others are left out.
    """
    bursts = find_bursts(known.first_seen, window=timedelta(minutes=settings.public_burst_minutes))
    free: set[InteractionId] = set()
    of_rater: dict[str, list[tuple[Case, Feedback]]] = defaultdict(list)
    dropped: Counter[str] = Counter()
    for case in cases:
        signal = _find_public_voucher(case, feedback.get(case.interaction.id, ()), known.first_seen)
        if signal is None:
            free.add(case.interaction.id)
        elif _is_new(signal.rater, known, settings=settings, now=now):
            dropped[TOO_NEW] += 1
        else:
            of_rater[_name_source(signal.rater, bursts)].append((case, signal))
    kept, reasons = _apply_caps(of_rater, known, settings, free=len(free))
    stay = [
        replace(case, public_rater=kept.get(case.interaction.id))
        for case in cases
        if case.interaction.id in free or case.interaction.id in kept
    ]
    return stay, +(dropped + reasons)


def share_cap(counts: Iterable[int], *, free: int, settings: CurateSettings) -> int:
    """Give how many cases one source may have, so that it is its share of what is left once all are capped.

    Args:
        counts: Cases of each source.
        free: Cases that need no limit.
        settings: The share, and the number that is always allowed.

    >>> share_cap([800] + [1] * 200, free=0, settings=CurateSettings())
    5
    >>> share_cap([30], free=2000, settings=CurateSettings())
    20
    """
    found = list(counts)
    cap = max(found, default=0)
    while True:
        total = free + sum(min(n, cap) for n in found)
        lower = min(cap, max(settings.public_rows, math.floor(settings.public_share * total)))
        if lower == cap:
            return cap
        cap = lower


def _find_public_voucher(
    case: Case, signals: Sequence[Feedback], first_seen: Mapping[str, datetime]
) -> Feedback | None:
    """Give the public signal that alone brings a case in, of whom is known longest; None where none does."""
    if case.kind is not ExampleKind.REPLAY and case.interaction.error:
        return None
    agree = [one for one in signals if _agrees(one, is_good=case.kind is ExampleKind.REPLAY)]
    if not agree or any(not one.public for one in agree):
        return None
    return min(agree, key=lambda one: (first_seen.get(one.rater, one.at), one.rater))


def _agrees(signal: Feedback, *, is_good: bool) -> bool:
    score = signal.score if signal.score is not None else 0.0 if signal.correction else None
    return score is not None and (score > MIDDLE if is_good else score < MIDDLE)


def _is_new(rater: str, known: KnownPublic, *, settings: CurateSettings, now: datetime) -> bool:
    since = known.first_seen.get(rater, now)
    return now - since < timedelta(days=settings.public_min_days)


def _name_source(rater: str, bursts: Mapping[str, int]) -> str:
    return f"burst {bursts[rater]}" if rater in bursts else f"rater {rater}"


def _apply_caps(
    of_rater: Mapping[str, list[tuple[Case, Feedback]]],
    known: KnownPublic,
    settings: CurateSettings,
    *,
    free: int,
) -> tuple[dict[InteractionId, str], Counter[str]]:
    """Apply the daily limit, that for life and the share, in this order; give each kept case's rater."""
    dropped: Counter[str] = Counter()
    left: dict[str, list[tuple[Case, Feedback]]] = {}
    for source, pairs in of_rater.items():
        daily = _keep_daily(sorted(pairs, key=_order), settings.public_daily)
        dropped[TOO_MANY_A_DAY] += len(pairs) - len(daily)
        taught = {ident for _, one in pairs for ident in known.taught.get(one.rater, ())}
        left[source] = _keep_for_life(daily, taught, settings.public_lifetime)
        dropped[TOO_MANY_FOR_LIFE] += len(daily) - len(left[source])
    cap = share_cap(map(len, left.values()), free=free, settings=settings)
    dropped[TOO_LARGE_A_SHARE] += sum(max(0, len(pairs) - cap) for pairs in left.values())
    kept = [pair for pairs in left.values() for pair in pairs[:cap]]
    return {case.interaction.id: one.rater for case, one in kept}, dropped


def _order(pair: tuple[Case, Feedback]) -> bytes:
    return hashlib.sha256(f"public\x1f{pair[0].interaction.id}".encode()).digest()


def _keep_daily(pairs: Sequence[tuple[Case, Feedback]], limit: int) -> list[tuple[Case, Feedback]]:
    seen: Counter[int] = Counter()
    kept = []
    for pair in pairs:
        day = pair[1].at.toordinal()
        seen[day] += 1
        if seen[day] <= limit:
            kept.append(pair)
    return kept


def _keep_for_life(
    pairs: Sequence[tuple[Case, Feedback]], taught: set[InteractionId], limit: int
) -> list[tuple[Case, Feedback]]:
    """Keep what was taught before, and as much that is new as is left of the limit."""
    room = max(0, limit - len(taught))
    kept = []
    for pair in pairs:
        known = pair[0].interaction.id in taught
        if known or room:
            kept.append(pair)
            room -= not known
    return kept
