"""Memories are loaded once, and follow erasures at once here and within a quarter of a second elsewhere."""

import time

import pytest
from msgspec import structs
from tests.conftest import START, Maker
from tests.factories import make_version

from upspiral import capture
from upspiral.analyze.similarity_index import Embedder
from upspiral.capture import CaptureSettings, record
from upspiral.domain import AgentVersion, ExampleKind, Interaction
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    ErasureId,
    MemoryId,
    MemoryItemId,
)
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.domain.prompting.memory import freeze_memory
from upspiral.errors import NotFound
from upspiral.projections import MemoryPool
from upspiral.store import Store

SUPPORT = AgentId("support")
ASKED = "Where is my parcel?"


def _no_embedder(by: str) -> Embedder:
    raise AssertionError(f"nobody is to be asked, but {by} was")


def _version(memory: MemoryId | None) -> AgentVersion:
    return make_version(sha256="x", memory=memory)


def _remember(store: Store, *asked: Interaction) -> AgentVersion:
    empty = Memory(id=MemoryId(""), workspace=DEFAULT_WORKSPACE, agent=SUPPORT, at=START, sha256="", size=0)
    memory, items = freeze_memory(
        empty,
        [
            MemoryItem(
                id=MemoryItemId(""),
                workspace=DEFAULT_WORKSPACE,
                memory=MemoryId(""),
                interaction=one.id,
                conversation=one.conversation,
                end_user=one.end_user,
                question=one.question,
                answer=f"For {one.end_user}.",
                kind=ExampleKind.CORRECTION,
            )
            for one in asked
        ],
    )
    store.memories.add(memory)
    store.memory_items.add(*items)
    return _version(memory.id)


def test_what_was_erased_is_gone_from_the_next_prompt_here_and_soon_on_every_other_server(
    any_store: Store, make: Maker
) -> None:
    asked = [
        make.interaction(f"Where is my parcel {n}?", end_user=name) for n, name in enumerate(("anna", "ben"))
    ]
    record(any_store, *asked)
    version = _remember(any_store, *asked)
    now = 100.0
    with Store(any_store.database.url) as other_store:
        here, there = (MemoryPool(one, _no_embedder, steady=lambda: now) for one in (any_store, other_store))
        for pool in (here, there):
            assert {one.answer for one in pool.recall(version, ASKED)} == {"For anna.", "For ben."}
        capture.erase(
            any_store,
            DEFAULT_WORKSPACE,
            end_user="anna",
            now=make.now,
            ident=ErasureId("era_1"),
            settings=CaptureSettings(),
        )
        assert [one.answer for one in here.recall(version, ASKED)] == ["For ben."]
        now += 0.25
        assert [one.answer for one in there.recall(version, ASKED)] == ["For ben."]
        fresh = MemoryPool(any_store, _no_embedder)
        assert [one.answer for one in fresh.recall(version, ASKED)] == ["For ben."]


def test_a_memory_that_is_loaded_is_searched_on_the_event_loop_and_one_that_is_not_is_not(
    store: Store, make: Maker
) -> None:
    version, pool = _remember(store, make.interaction(ASKED)), MemoryPool(store, _no_embedder)
    assert pool.is_quick(_version(None))
    assert not pool.is_quick(version)
    pool.recall(version, ASKED)
    assert pool.is_quick(version)


def test_a_version_without_a_memory_recalls_nothing(store: Store) -> None:
    assert MemoryPool(store, _no_embedder).recall(_version(None), ASKED) == ()


def test_a_memory_that_is_not_there_is_an_error_and_not_an_empty_prompt(store: Store) -> None:
    with pytest.raises(NotFound):
        MemoryPool(store, _no_embedder).recall(_version(MemoryId("mem_gone")), ASKED)


def test_no_other_workspace_sees_a_memory(store: Store, make: Maker) -> None:
    version = _remember(store, make.interaction(ASKED))
    with pytest.raises(NotFound):
        MemoryPool(store, _no_embedder).recall(structs.replace(version, workspace="other"), ASKED)


def test_the_memories_of_served_versions_are_loaded_before_anybody_asks(store: Store, make: Maker) -> None:
    version, pool = _remember(store, make.interaction(ASKED)), MemoryPool(store, _no_embedder)
    pool.load_soon([_version(None), version, _version(MemoryId("mem_gone"))])
    deadline = time.monotonic() + 60
    while not pool.is_quick(version) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert pool.is_quick(version)
    pool.close()
    pool.load_soon([_version(MemoryId("mem_later"))])
