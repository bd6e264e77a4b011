"""What do agents remember, how often was it shown, and how did that go?"""

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct

from upspiral.domain import Agent, AgentVersion, Status
from upspiral.domain.ids import MemoryItemId
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.runtime import Runtime


class MemoryCard(Struct, frozen=True, kw_only=True):
    """A memory, and what became of it."""

    memory: Memory
    held: int
    """Items that it holds now, without those of erased persons."""
    versions: list[str]
    """The versions that name it, such as ``support@3``."""
    requests: int
    """Requests before which some of it was shown."""


class ShownItem(Struct, frozen=True, kw_only=True):
    """An item, how often versions with this memory showed it, and how those requests went."""

    item: MemoryItem
    shown: int
    succeeded: int
    failed: int
    """The others are not judged."""


class MemoryDetails(Struct, frozen=True, kw_only=True):
    """One memory with the items that were shown the most."""

    card: MemoryCard
    answers: list[ShownItem]
    """The most often shown first."""


def list_memories(runtime: Runtime, agent: Agent) -> list[MemoryCard]:
    """Give the memories of an agent, newest first."""
    return [_describe(runtime, memory) for memory in runtime.store.memories.of(agent.workspace, agent.id)]


def show_memory(runtime: Runtime, memory: Memory, *, limit: int) -> MemoryDetails:
    """Give a memory with what it holds; at most so many items, the most often shown first."""
    store = runtime.store
    versions = store.agent_versions.list_with_memory(memory.workspace, [memory.id])
    counts = _count_shown(runtime, memory, versions)
    items = store.memory_items.of(memory.workspace, memory.id)
    rows = [
        ShownItem(
            item=one,
            shown=sum(counts[one.id, status] for status in Status),
            succeeded=counts[one.id, Status.SUCCESS],
            failed=counts[one.id, Status.FAILURE],
        )
        for one in items
    ]
    ordered = sorted(rows, key=lambda row: (-row.shown, row.item.id))
    return MemoryDetails(card=_describe(runtime, memory), answers=ordered[:limit])


def _describe(runtime: Runtime, memory: Memory) -> MemoryCard:
    store, workspace = runtime.store, memory.workspace
    versions = store.agent_versions.list_with_memory(workspace, [memory.id])
    return MemoryCard(
        memory=memory,
        held=memory.size - len(memory.erased),
        versions=[one.name for one in versions],
        requests=store.memory_items.count_requests(workspace, memory.agent, [one.id for one in versions]),
    )


def _count_shown(
    runtime: Runtime, memory: Memory, versions: Iterable[AgentVersion]
) -> Counter[tuple[MemoryItemId, Status]]:
    """Count how often each item was shown, by how the request went."""
    counts: Counter[tuple[MemoryItemId, Status]] = Counter()
    names = [one.id for one in versions]
    for shown, status in runtime.store.memory_items.stream_shown(memory.workspace, memory.agent, names):
        counts.update((ident, status) for ident in shown)
    return counts
