"""Which past Interactions are like this text? An index of questions that follows the store."""

from datetime import UTC, datetime, timedelta
from threading import Lock

from msgspec import Struct

from upspiral.analyze.similarity_index import Embedder, Likeness
from upspiral.cursor import Cursor
from upspiral.domain import Interaction, Outcome
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.store import Store
from upspiral.store.repositories.interactions import InteractionFilter

MAX_SEARCHED_QUESTIONS = 100_000
"""About so many questions, the newest, are read when an index is made."""
BATCH_ROWS = 5_000
MIN_BATCH_ROWS = 100
MAX_ROWS_AT_ONCE = 500
"""Questions that are taken in while a search waits; the others are taken in beside it."""


class SearchHit(Struct, frozen=True):
    """An Interaction that is like what was looked for."""

    similarity: float
    """Cosine, above 0 and at most 1."""
    interaction: Interaction
    outcome: Outcome | None


class SearchIndex:
    """The questions of one agent, or of a whole workspace, searched by similarity.

    An Interaction may be stored long after the moment it carries: an import, a client that was offline, a
    slow commit. So no cursor over time finds all that is new. The store's counts by day say on which days
    there is more than was taken in, and those days are read, newest first, until it is found.

    Args:
        workspace: Whose questions.
        agent: Whose answers; None for all agents.
        embedder: What turns texts into vectors; None compares words.
    """

    def __init__(
        self, workspace: WorkspaceId, agent: AgentId | None, *, embedder: Embedder | None = None
    ) -> None:
        self._workspace, self._agent = workspace, agent
        self._index = Likeness(embedder=embedder)
        self._taken: dict[str, int] = {}
        """By day: how many of those counted were taken in, or looked for in vain."""
        self._places: dict[str, Cursor] = {}
        """By day: where reading it stopped, because a request could not wait."""
        self.unread = 0
        """Questions that are not taken in yet."""
        self._lock = Lock()

    def search(self, store: Store, text: str, *, limit: int, most: int | None = None) -> list[SearchHit]:
        """Find the Interactions whose question is most like a text, most similar first.

        Args:
            store: Where they are kept.
            text: What is looked for.
            limit: Hits that are wanted.
            most: Take in about so many questions at most before answering, the newest first, and leave the
                others, `unread`, to `update`; None takes in all.
        """
        with self._lock:
            self._take_in(store, most)
            found = self._index.most_like(text, limit=2 * limit)  # twice: some may be erased
        ids = [InteractionId(ident) for ident, _ in found]
        there = {one.id: one for one in store.interactions.many(self._workspace, ids)}
        outcomes = store.outcomes.of(self._workspace, ids)
        return [
            SearchHit(similarity, there[InteractionId(ident)], outcomes.get(InteractionId(ident)))
            for ident, similarity in found
            if ident in there
        ][:limit]

    def update(self, store: Store) -> None:
        """Take in all that is left, a little at a time, so that searches meanwhile need not wait for it."""
        while self.unread:
            with self._lock:
                self._take_in(store, MAX_ROWS_AT_ONCE)

    def _take_in(self, store: Store, most: int | None) -> None:
        """Take in what came since the last time, whatever moment it carries."""
        counts = store.rollups.count_days(self._workspace, self._agent)
        total = self.unread = 0
        for day in sorted(counts, reverse=True):
            if total >= MAX_SEARCHED_QUESTIONS:
                break
            total += counts[day]
            # After an erasure a day counts fewer; what comes later must still show as missing.
            taken = min(self._taken.get(day, 0), counts[day])
            missing = counts[day] - taken
            if missing and (most is None or most > 0):
                new, is_whole = self._read_day(store, day, missing, most)
                most = None if most is None else most - new
                taken = counts[day] if is_whole else taken + new
            self._taken[day] = taken
            self.unread += counts[day] - taken

    def _read_day(self, store: Store, day: str, missing: int, most: int | None) -> tuple[int, bool]:
        """Take in what is new of a day; give how many there were, and whether there is no more of it."""
        since = datetime.fromisoformat(day).replace(tzinfo=UTC)
        wanted = InteractionFilter(named={"agent": self._agent}, since=since, until=since + timedelta(days=1))
        new, size = 0, min(BATCH_ROWS, max(MIN_BATCH_ROWS, 2 * missing))
        mark = self._places.pop(day, None)
        is_from_top = mark is None
        while new < missing:
            size = size if most is None else min(size, most)
            rows = store.interactions.page(self._workspace, wanted, mark, size)
            fresh = [one for one in rows if one.id not in self._index]
            if fresh:
                self._index.add([one.id for one in fresh], [one.question for one in fresh])
            new += len(fresh)
            if len(rows) == size:
                mark, size = store.interactions.cursor(rows[-1]), BATCH_ROWS
                if most is not None and most <= new < missing:
                    self._places[day] = mark
                    return new, False
            elif is_from_top:
                break
            else:  # what came meanwhile stands above the place where it began
                mark, is_from_top = None, True
        return new, True
