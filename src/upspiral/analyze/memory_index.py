"""Which items of a memory are shown before a question? The nearest, but not all alike, and not too long."""

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple
from zlib import crc32

from upspiral.analyze.similarity_index import Embedder, Likeness, cut_letters
from upspiral.domain.ids import MemoryItemId
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.domain.prompting.memory import estimate_tokens

CANDIDATES_PER_SHOWN = 3
"""So many items are near enough to choose from, for each that is shown."""
NEARNESS_SHARE = 0.7
"""What likeness to the question counts, against being unlike what is shown already (MMR's lambda)."""
MAX_COMPARED_CHARS = 1_000
"""Of longer questions the beginning is compared."""
LETTER_BITS = 1024
"""Into so many bits the runs of letters of a question are marked."""


class Candidate(NamedTuple):
    """An item that may be shown."""

    item: MemoryItem
    similarity: float
    """To the question, 0 to 1."""
    letters: int
    """Its runs of letters; see `mark_letters`."""


class MemoryIndex:
    """The items of one memory, searched by likeness; the same question always finds the same.

    Args:
        memory: Says how many are shown, and how long they may be.
        items: What it holds.
        embedder: What turns texts into vectors; None compares letters and words.
    """

    def __init__(
        self, memory: Memory, items: Sequence[MemoryItem], *, embedder: Embedder | None = None
    ) -> None:
        self._memory, self._items = memory, {one.id: one for one in items}
        self._letters = {one.id: mark_letters(one.question[:MAX_COMPARED_CHARS]) for one in items}
        self._index = Likeness(
            [one.id for one in items],
            [one.question[:MAX_COMPARED_CHARS] for one in items],
            embedder=embedder,
            by_letters=True,
        )

    def forget(self, ids: Collection[MemoryItemId]) -> None:
        """Hold items no longer; what is left of them are counts of letters that nothing names."""
        for ident in ids:
            self._items.pop(ident, None)
            self._letters.pop(ident, None)

    def retrieve(self, question: str, *, apart_from: str | None = None) -> tuple[MemoryItem, ...]:
        """Give the items to be shown before a question, the most similar last, next to the question.

        Args:
            question: What is asked.
            apart_from: A conversation whose items are not shown.
        """
        shown = self._memory.max_shown
        near = self._find_near(question[:MAX_COMPARED_CHARS], CANDIDATES_PER_SHOWN * shown, apart_from)
        chosen = choose_diverse(near, limit=shown, max_tokens=self._memory.max_tokens)
        return tuple(one.item for one in sorted(chosen, key=lambda one: one.similarity))

    def _find_near(self, question: str, wanted: int, apart_from: str | None) -> list[Candidate]:
        """Find candidates, the most similar first; more are looked at where some may not be shown."""
        looked_at = wanted
        while True:
            hits = self._index.most_like(question, limit=looked_at)
            known = [(self._items[i], near) for one, near in hits if (i := MemoryItemId(one)) in self._items]
            found = [one for one in known if apart_from is None or one[0].conversation != apart_from]
            if len(found) >= wanted or len(hits) < looked_at:
                return [Candidate(item, near, self._letters[item.id]) for item, near in found[:wanted]]
            looked_at *= 2


def choose_diverse(near: Sequence[Candidate], *, limit: int, max_tokens: int) -> list[Candidate]:
    """Choose among candidates by maximal marginal relevance (Carbonell and Goldstein 1998).

    Each time the one is taken that is most like the question and least like those taken before, by the
    three-letter runs in common; one that would be too long is passed over.

    Args:
        near: The most similar first.
        limit: How many at most.
        max_tokens: How long all of them together, at most.
    """
    left, chosen, room = dict.fromkeys(near, 0.0), list[Candidate](), max_tokens
    while left and len(chosen) < limit:
        best = max(left, key=lambda one: NEARNESS_SHARE * one.similarity - (1 - NEARNESS_SHARE) * left[one])
        del left[best]
        tokens = estimate_tokens(best.item.question) + estimate_tokens(best.item.answer)
        if tokens <= room:
            chosen.append(best)
            room -= tokens
            left = {
                one: max(alike, measure_overlap(one.letters, best.letters)) for one, alike in left.items()
            }
    return chosen


def mark_letters(text: str) -> int:
    """Mark the runs of three letters of a text as bits of a number, some of which share a bit.

    >>> mark_letters("My card") == mark_letters("card my card")
    True
    """
    bits = 0
    for run in cut_letters(text):
        bits |= 1 << crc32(run.encode()) % LETTER_BITS
    return bits


def measure_overlap(first: int, second: int) -> float:
    """Give the cosine of two sets that are marked as bits.

    >>> measure_overlap(0b1100, 0b0110), measure_overlap(0, 0)
    (0.5, 0.0)
    """
    return (first & second).bit_count() / math.sqrt(first.bit_count() * second.bit_count() or 1)
