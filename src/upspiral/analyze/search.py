"""Which past Interactions are like this text? A verb of this stage, with a memory of its own."""

from threading import Lock

from msgspec import Struct

from upspiral.analyze.similarity_index import Embedder, Likeness
from upspiral.domain import Interaction, Outcome
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.store import Store
from upspiral.store.repositories.interactions import InteractionFilter

MAX_SEARCHED_QUESTIONS = 100_000
"""The newest so many questions of an agent are searched."""
BATCH_ROWS = 5_000


class SearchHit(Struct, frozen=True):
    """An Interaction that is like what was looked for."""

    similarity: float
    """Cosine, above 0 and at most 1."""
    interaction: Interaction
    outcome: Outcome | None


class SearchIndex:
    """The questions of one agent, or of a whole workspace, searched by likeness; follows what is new."""

    def __init__(
        self, workspace: WorkspaceId, agent: AgentId | None, *, embedder: Embedder | None = None
    ) -> None:
        self._workspace, self._agent = workspace, agent
        self._index = Likeness(embedder=embedder)
        self._newest: Interaction | None = None
        self._lock = Lock()

    def like(self, store: Store, text: str, *, limit: int) -> list[SearchHit]:
        """Find the Interactions whose question is most like a text, the likest first."""
        with self._lock:
            self._follow(store)
            found = self._index.most_like(text, limit=2 * limit)
        ids = [InteractionId(ident) for ident, _ in found]
        there = {one.id: one for one in store.interactions.many(self._workspace, ids)}  # some may be erased
        outcomes = store.outcomes.of(self._workspace, ids)
        return [
            SearchHit(similarity, there[InteractionId(ident)], outcomes.get(InteractionId(ident)))
            for ident, similarity in found
            if ident in there
        ][:limit]

    def _follow(self, store: Store) -> None:
        """Take in what came since the last time, newest first."""
        since = self._newest.at if self._newest else None
        wanted = InteractionFilter(named={"agent": self._agent}, since=since)
        new: list[Interaction] = []
        mark = None
        while len(new) < MAX_SEARCHED_QUESTIONS:
            rows = store.interactions.page(self._workspace, wanted, mark, BATCH_ROWS)
            new += rows
            if len(rows) < BATCH_ROWS:
                break
            mark = store.interactions.cursor(rows[-1])
        if new:
            self._newest = new[0]
            self._index.add([one.id for one in new], [one.question for one in new])
