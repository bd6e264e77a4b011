"""Is this the weakness of last night, and what became of that? Findings are matched to known ones. Pure."""

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import numpy as np
import scipy
from msgspec import structs

from upspiral.domain import Pattern, PatternState, Polarity
from upspiral.domain.ids import PatternId
from upspiral.domain.pattern import EVERYTHING
from upspiral.lexical import to_stems

MIN_SIMILARITY = 0.5
"""Likeness from which a finding is taken for a known pattern."""
CLOSE_AFTER = timedelta(days=7)
"""A pattern that was found so long ago for the last time is closed."""
CONDITION_LIMIT = re.compile(r"(?<=[≤>] )\S+")


def match_known(
    found: Sequence[Pattern], known: Sequence[Pattern], *, like: float = MIN_SIMILARITY
) -> list[Pattern]:
    """Give findings the ids of the patterns they are.

    Each known pattern is given away at most once, so that likeness over all pairs is largest (Kuhn 1955).
    A night that is repeated finds its own patterns, and they do not count twice.

    Args:
        found: Tonight's, of one agent, each with an id of its own.
        known: As they were found last, of the same agent.
        like: Least likeness, above 0 and at most 1.

    Returns:
        The findings in their order; known ones with their old id and first moment, and groups of texts with
        their old name.
    """
    partner = _partners(found, known, like)
    taken = {k.id for k in known}
    told = []
    for n, pattern in enumerate(found):
        if n in partner:
            told.append(_merge(pattern, known[partner[n]]))
            continue
        ident = _find_free_id(pattern.id, taken)
        taken.add(ident)
        told.append(structs.replace(pattern, id=ident))
    return told


def find_missed(
    known: Sequence[Pattern], found: Sequence[Pattern], *, searched: int, enough: float, now: datetime
) -> list[Pattern]:
    """Give the known patterns that a search missed although it should have found them, in their new state.

    One that went on as before would have had so many members among the conversations searched: its members
    at the time, times the conversations now, divided by those then. Where those are enough, it is improving,
    and closed where it was found a week ago or more for the last time. A search repeated changes nothing.

    Args:
        known: As they were found last, of one agent.
        found: What the search found, under their lasting ids.
        searched: How many labeled conversations it saw.
        enough: Members that would not have been missed.
        now: The moment of the search.

    >>> find_missed([], [], searched=100, enough=10, now=datetime(2026, 1, 5))
    []
    """
    again = {one.id for one in found}
    missed = [one for one in known if one.id not in again and count_expected(one, searched) >= enough]
    told = [structs.replace(one, state=_next_state(one, now)) for one in missed]
    return [new for new, old in zip(told, missed, strict=True) if new.state != old.state]


def count_expected(pattern: Pattern, searched: int) -> float:
    """Say how many members it would have among so many conversations, had nothing changed.

    Those of a weakness are conversations that failed, those of a strength went well.
    """
    then = pattern.conversations + pattern.rest_conversations
    weakness = pattern.polarity is Polarity.WEAKNESS
    members = pattern.failures if weakness else pattern.conversations - pattern.failures
    return members * searched / then if then else 0.0


def similarity(found: Pattern, known: Pattern) -> float:
    """Say how alike two are, 0 to 1: by the Interactions in both, or by their terms, whichever says more.

    The words of texts and the conditions of a slice are different languages: there members alone count.
    """
    everything = (found.name == EVERYTHING) != (known.name == EVERYTHING)
    if everything or found.polarity != known.polarity:
        return 0.0
    ours, theirs = set(found.members), set(known.members)
    shared = len(ours & theirs) / len(ours | theirs) if ours | theirs else 0.0
    same_kind = bool(found.conditions) == bool(known.conditions)
    return max(shared, terms_alike(found.terms, known.terms)) if same_kind else shared


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
    words = CONDITION_LIMIT.sub("#", term).lower().split()
    return frozenset(
        piece for word in words for piece in ((word,) if word.isascii() else to_stems(word) or (word,))
    )


def _partners(found: Sequence[Pattern], known: Sequence[Pattern], like: float) -> dict[int, int]:
    """Give the place of the known pattern for each finding that is one."""
    if not found or not known:
        return {}
    alike = np.array([[similarity(pattern, k) for k in known] for pattern in found])
    alike[alike < like] = 0.0
    newest = np.array([_time_span(k)[1].timestamp() for k in known])
    tie = 1e-9 * newest.argsort(kind="stable").argsort() / len(known)
    rows, columns = scipy.optimize.linear_sum_assignment(alike + tie, maximize=True)
    return {int(r): int(c) for r, c in zip(rows, columns, strict=True) if alike[r, c] > 0}


def _merge(found: Pattern, known: Pattern) -> Pattern:
    """Tell a known pattern as it was found now."""
    same = (found.cycle is not None and found.cycle == known.cycle) or found.at.date() == known.at.date()
    texts = not (found.conditions or known.conditions)
    (first, last), (first_known, last_known) = _time_span(found), _time_span(known)
    return structs.replace(
        found,
        id=known.id,
        name=known.name if texts else found.name,
        state=_state(found, known, same=same),
        first_seen=min(first, first_known),
        last_seen=max(last, last_known),
        times=known.times if same else known.times + 1,
    )


def _state(found: Pattern, known: Pattern, *, same: bool) -> PatternState:
    """Say what becomes of one that is found again: improving where it surely fails less often than before."""
    if same:
        return PatternState.OPEN if known.state is PatternState.CLOSED else known.state
    less = found.failure_rate_high < known.failure_rate_low
    weakness = found.polarity is Polarity.WEAKNESS
    return PatternState.IMPROVING if less and weakness else PatternState.OPEN


def _next_state(pattern: Pattern, now: datetime) -> PatternState:
    gone = pattern.state is PatternState.CLOSED or now - pattern.at >= CLOSE_AFTER
    return PatternState.CLOSED if gone else PatternState.IMPROVING


def _time_span(pattern: Pattern) -> tuple[datetime, datetime]:
    return pattern.first_seen or pattern.at, pattern.last_seen or pattern.at


def _find_free_id(ident: PatternId, taken: Collection[PatternId]) -> PatternId:
    """Give an id that no pattern has."""
    free, n = ident, 1
    while free in taken:
        n += 1
        free = PatternId(f"{ident}_{n}")
    return free
