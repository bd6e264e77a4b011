"""A memory that no version names goes with time; one that any version may serve stays."""

from datetime import timedelta

from tests.conftest import Maker

from upspiral.domain import AgentVersion, ExampleKind
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    InteractionId,
    MemoryId,
    ModelVersionId,
)
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.domain.prompting.memory import freeze_memory
from upspiral.store import Store

SUPPORT = AgentId("support")
LONG_AGO = timedelta(days=400)


def _keep(store: Store, make: Maker, name: str, age: timedelta) -> MemoryId:
    item = MemoryItem(
        id="",  # type: ignore[arg-type]
        workspace=DEFAULT_WORKSPACE,
        memory=MemoryId(""),
        interaction=InteractionId(name),
        conversation=name,
        question=f"Where is {name}?",
        answer="Here.",
        kind=ExampleKind.CORRECTION,
    )
    empty = Memory(
        id=MemoryId(""), workspace=DEFAULT_WORKSPACE, agent=SUPPORT, at=make.now - age, sha256="", size=0
    )
    memory, items = freeze_memory(empty, [item])
    store.memories.add(memory)
    store.memory_items.add(*items)
    return memory.id


def _serve(store: Store, make: Maker, memory: MemoryId, number: int) -> None:
    store.agent_versions.add(
        AgentVersion(
            id=AgentVersionId(f"av_{number}"),
            workspace=DEFAULT_WORKSPACE,
            agent=SUPPORT,
            number=number,
            at=make.now,
            model=ModelVersionId("mv"),
            sha256=str(number),
            memory=memory,
        )
    )


def test_only_old_memories_that_no_version_names_are_pruned_with_what_they_hold(
    any_store: Store, make: Maker
) -> None:
    any_store.workspaces.ensure(DEFAULT_WORKSPACE, make.now)
    before = make.now - timedelta(days=365)
    assert any_store.memories.prune(DEFAULT_WORKSPACE, before) == 0
    unused, fresh = _keep(any_store, make, "unused", LONG_AGO), _keep(any_store, make, "fresh", timedelta())
    live, past = _keep(any_store, make, "live", LONG_AGO), _keep(any_store, make, "past", LONG_AGO)
    for number, memory in enumerate((past, live), 1):
        _serve(any_store, make, memory, number)
    assert any_store.memories.prune(DEFAULT_WORKSPACE, before) == 1
    assert {one.id for one in any_store.memories.of(DEFAULT_WORKSPACE, SUPPORT)} == {fresh, live, past}
    assert any_store.memory_items.of(DEFAULT_WORKSPACE, unused) == []
    for kept in (fresh, live, past):
        assert len(any_store.memory_items.of(DEFAULT_WORKSPACE, kept)) == 1
    assert any_store.memories.prune(DEFAULT_WORKSPACE, before) == 0
