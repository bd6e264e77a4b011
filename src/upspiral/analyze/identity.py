"""Is this the weakness that was there last night? Findings of tonight are matched to known ones. Pure."""

import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct, structs
from scipy.optimize import linear_sum_assignment

from upspiral.domain import Pattern, Polarity
from upspiral.domain.ids import InteractionId, PatternId

LIKE = 0.5
"""Likeness from which a finding is taken for a known pattern."""
LIMIT = re.compile(r"(?<=[≤>] )\S+")


class Known(Struct, frozen=True, kw_only=True):
    """What is remembered of a pattern from night to night."""

    id: PatternId
    polarity: Polarity
    terms: tuple[str, ...]
    members: tuple[InteractionId, ...]
    """Those of the last time it was found."""
    first_seen: datetime
    last_seen: datetime
    times: int = 1
    """How many nights found it."""


def recognise(
    found: Sequence[Pattern], known: Sequence[Known], *, like: float = LIKE
) -> tuple[list[Pattern], list[Known]]:
    """Give findings the ids of the patterns they are, and renew what is remembered.

    Each known pattern is given away at most once, so that likeness over all pairs is largest (Kuhn 1955).

    Args:
        found: Tonight's, of one agent; their ``at`` is when they were seen.
        known: Everything remembered of the same agent.
        like: Least likeness, above 0 and at most 1.

    Returns:
        The findings in their order, known ones under their old ids; and what is remembered now: patterns not
        found tonight as they were, then new ones.
    """
    partner = _partners(found, known, like)
    taken = {k.id for k in known}
    renamed, renewed, fresh = [], {k.id: k for k in known}, []
    for n, pattern in enumerate(found):
        if n in partner:
            old = known[partner[n]]
            renamed.append(structs.replace(pattern, id=old.id))
            renewed[old.id] = _seen(renamed[-1], old)
            continue
        ident = (
            pattern.id if pattern.id not in taken else PatternId(f"{pattern.id}_{pattern.at:%Y%m%d%H%M%S}")
        )
        taken.add(ident)
        renamed.append(structs.replace(pattern, id=ident))
        fresh.append(_seen(renamed[-1], None))
    return renamed, [*renewed.values(), *fresh]


def likeness(found: Pattern, known: Known) -> float:
    """Say how alike two are, 0 to 1: by their terms, or by the Interactions in both, whichever says more."""
    if found.polarity != known.polarity:
        return 0.0
    ours, theirs = set(found.members), set(known.members)
    shared = len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0
    return max(shared, terms_alike(found.terms, known.terms))


def terms_alike(first: Sequence[str], second: Sequence[str]) -> float:
    """Give the overlap of two lists of terms, 0 to 1; a term meets one that holds all its words.

    Where a number is cut at a limit, the limit may have moved.

    >>> terms_alike(["voucher code", "gift"], ["gift voucher", "code", "gift"]) > 0.5
    True
    >>> terms_alike(["model is small"], ["model is large"]), terms_alike(["turns > 4"], ["turns > 5"])
    (0.0, 1.0)
    """
    ours, theirs = [_words(term) for term in first], [_words(term) for term in second]
    met = sum(any(a <= b or b <= a for b in theirs) for a in ours)
    back = sum(any(a <= b or b <= a for a in ours) for b in theirs)
    shared = (met + back) / 2
    return shared / (len(ours) + len(theirs) - shared) if ours and theirs else 0.0


def _words(term: str) -> frozenset[str]:
    return frozenset(LIMIT.sub("#", term).lower().split())


def _partners(found: Sequence[Pattern], known: Sequence[Known], like: float) -> dict[int, int]:
    """Give the place of the known pattern for each finding that is one."""
    if not found or not known:
        return {}
    alike = np.array([[likeness(pattern, k) for k in known] for pattern in found])
    alike[alike < like] = 0.0
    newest = np.array([k.last_seen.timestamp() for k in known])
    tie = 1e-9 * newest.argsort(kind="stable").argsort() / len(known)
    rows, columns = linear_sum_assignment(alike + tie, maximize=True)
    return {int(r): int(c) for r, c in zip(rows, columns, strict=True) if alike[r, c] > 0}


def _seen(pattern: Pattern, old: Known | None) -> Known:
    return Known(
        id=pattern.id,
        polarity=pattern.polarity,
        terms=pattern.terms,
        members=pattern.members,
        first_seen=old.first_seen if old else pattern.at,
        last_seen=pattern.at,
        times=old.times + 1 if old else 1,
    )
