"""What agents remember: frozen sets of verified answers."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import and_, select

from upspiral.domain import ExampleKind, Status
from upspiral.domain.ids import AgentId, AgentVersionId, InteractionId, MemoryId, MemoryItemId, WorkspaceId
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.store.database import Database
from upspiral.store.rows import Rows, split_batches
from upspiral.store.tables import agent_versions, interactions, memories, memory_items, outcomes

BATCH_ROWS = 5_000
"""Requests that are read at a time."""


class Memories(Rows[Memory]):
    """The sets; what they hold never changes but by an erasure."""

    noun, table = Memory, memories

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.changes = 0
        """Grows with every erasure that this process committed, so that it sees its own at once."""

    def of(self, workspace: WorkspaceId, agent: AgentId) -> list[Memory]:
        """All of one agent, newest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.agent == agent, order=[c.at.desc(), c.id])

    def count_erasures(self, workspace: WorkspaceId, memory: MemoryId) -> int:
        """How often something of a memory was erased, without reading what."""
        c = self.table.c
        statement = select(c.erasures).where(c.workspace == workspace, c.id == memory)
        with self._database.reading() as connection:
            return int(connection.execute(statement).scalar() or 0)

    def prune(self, workspace: WorkspaceId, before: datetime) -> int:
        """Delete those made before a moment that no version names, with what they hold; give how many.

        A version is never deleted, so what any version may serve stays.
        """
        c, v = self.table.c, agent_versions.c
        named = select(v.memory).where(v.workspace == workspace, v.memory.is_not(None))
        unused = self.select(c.workspace == workspace, c.at < before, c.id.not_in(named))
        for one in unused:
            items = memory_items.c
            MemoryItems(self._database).remove(items.workspace == workspace, items.memory == one.id)
            self.remove(c.workspace == workspace, c.id == one.id)
        return len(unused)

    def mark_erased(self, workspace: WorkspaceId, memory: MemoryId, items: Iterable[MemoryItemId]) -> None:
        """Write down which items of a memory are gone."""
        found = self.get(workspace, memory)
        gone = tuple(sorted({*found.erased, *items}))
        self.upsert(msgspec.structs.replace(found, erased=gone, erasures=found.erasures + 1))
        self._database.run_after_commit(self._note_change)

    def _note_change(self) -> None:
        self.changes += 1


class MemoryItems(Rows[MemoryItem]):
    """Questions with their verified answers."""

    noun, table = MemoryItem, memory_items

    def of(self, workspace: WorkspaceId, memory: MemoryId) -> list[MemoryItem]:
        """All that a memory holds, in a fixed order."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.memory == memory, order=[c.id])

    def about(self, workspace: WorkspaceId, ids: Iterable[InteractionId], **same: str) -> list[MemoryItem]:
        """Those made from Interactions, in every memory.

        Args:
            workspace: Whose.
            ids: Of the Interactions.
            **same: A column with a value: those that have it too, as of Interactions that are gone by now.
        """
        c, found = self.table.c, list[MemoryItem]()
        for part in split_batches(ids):
            found += self.select(c.workspace == workspace, c.interaction.in_(part))
        for name, value in same.items():
            found += self.select(c.workspace == workspace, c[name] == value)
        return list({(one.memory, one.id): one for one in found}.values())

    def list_by_source(self, workspace: WorkspaceId, kind: ExampleKind, source: str) -> list[MemoryItem]:
        """Those of a kind whose answer somebody wrote, in every memory."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.kind == kind, c.source == source)

    def find_many(
        self, workspace: WorkspaceId, ids: Iterable[MemoryItemId]
    ) -> dict[MemoryItemId, MemoryItem]:
        """Those of the given ids, whichever memory holds them."""
        c, found = self.table.c, dict[MemoryItemId, MemoryItem]()
        for part in split_batches(dict.fromkeys(ids)):
            found |= {one.id: one for one in self.select(c.workspace == workspace, c.id.in_(part))}
        return found

    def count_requests(
        self, workspace: WorkspaceId, agent: AgentId, versions: Sequence[AgentVersionId]
    ) -> int:
        """How many requests versions answered with an item before them."""
        return sum(1 for _ in self.stream_shown(workspace, agent, versions))

    def stream_shown(
        self, workspace: WorkspaceId, agent: AgentId, versions: Sequence[AgentVersionId]
    ) -> Iterator[tuple[list[MemoryItemId], Status]]:
        """What was shown before each request that versions answered, and how it went."""
        i, o = interactions.c, outcomes.c
        same = and_(o.workspace == i.workspace, o.interaction == i.id)
        joined = interactions.outerjoin(outcomes, same)
        statement = select(i.shown, o.status).select_from(joined)
        where = (i.workspace == workspace, i.agent == agent, i.version.in_(versions))
        with self._database.reading() as connection:
            rows = connection.execute(statement.where(*where).execution_options(yield_per=BATCH_ROWS))
            for shown, status in rows:
                if shown:
                    yield shown, Status(status or Status.UNKNOWN)

    def forget(self, workspace: WorkspaceId, ids: Iterable[MemoryItemId]) -> None:
        """Delete items, in every memory."""
        self.remove_each(workspace, "id", ids)
