"""Which items of a memory are shown before a question? The nearest, but not all alike, and not too long."""

import math
from collections.abc import Collection, Sequence

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

    def retrieve(self, question: str, *, apart_from: str | None = None) -> tuple[MemoryItem, ...]:
        """Give the items to be shown before a question, the most similar last, next to the question.

        Args:
            question: What is asked.
            apart_from: A conversation whose items are not shown.
        """
        shown = self._memory.max_shown
        near = self._find_near(question[:MAX_COMPARED_CHARS], CANDIDATES_PER_SHOWN * shown, apart_from)
        chosen = choose_diverse(near, limit=shown, max_tokens=self._memory.max_tokens)
        return tuple(item for item, similarity in sorted(near, key=lambda one: one[1]) if item.id in chosen)

    def _find_near(
        self, question: str, wanted: int, apart_from: str | None
    ) -> list[tuple[MemoryItem, float]]:
        """Find candidates, the most similar first; more are looked at where some may not be shown."""
        looked_at = wanted
        while True:
            hits = self._index.most_like(question, limit=looked_at)
            known = [(self._items[i], near) for one, near in hits if (i := MemoryItemId(one)) in self._items]
            found = [one for one in known if apart_from is None or one[0].conversation != apart_from]
            if len(found) >= wanted or len(hits) < looked_at:
                return found[:wanted]
            looked_at *= 2


def choose_diverse(
    near: Sequence[tuple[MemoryItem, float]], *, limit: int, max_tokens: int
) -> frozenset[MemoryItemId]:
    """Choose among candidates by maximal marginal relevance (Carbonell and Goldstein 1998).

    Each time the one is taken that is most like the question and least like those taken before, by the
    three-letter runs in common; one that would be too long is passed over.

    Args:
        near: Items with their similarity to the question, 0 to 1, the most similar first.
        limit: How many at most.
        max_tokens: How long all of them together, at most.
    """
    letters = {item.id: frozenset(cut_letters(item.question[:MAX_COMPARED_CHARS])) for item, _ in near}
    left, chosen, room = list(near), list[MemoryItemId](), max_tokens

    def gain(one: tuple[MemoryItem, float]) -> float:
        own = letters[one[0].id]
        alike = max((_cosine(own, letters[other]) for other in chosen), default=0.0)
        return NEARNESS_SHARE * one[1] - (1 - NEARNESS_SHARE) * alike

    while left and len(chosen) < limit:
        best = max(left, key=gain)
        left.remove(best)
        tokens = estimate_tokens(best[0].question) + estimate_tokens(best[0].answer)
        if tokens <= room:
            chosen.append(best[0].id)
            room -= tokens
    return frozenset(chosen)


def _cosine(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / math.sqrt(len(first) * len(second) or 1)
