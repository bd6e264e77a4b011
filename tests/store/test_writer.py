"""Many small writes share one commit, and none is lost or taken along by another's failure."""

import asyncio
import time
from concurrent.futures import wait
from functools import partial
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from tests.conftest import Maker

from upspiral.domain import Interaction
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import Busy, Conflict
from upspiral.store import Store
from upspiral.store.writer import Writer


def test_what_is_done_is_on_the_disk(any_store: Store, make: Maker) -> None:
    writer = Writer(any_store.database)
    nouns = [make.interaction() for _ in range(300)]
    futures = [writer.submit(partial(any_store.interactions.insert_ignore, noun)) for noun in nouns]
    wait(futures, timeout=30)
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 300
    writer.close()


def test_a_piece_that_fails_takes_no_other_with_it(any_store: Store, make: Maker) -> None:
    writer = Writer(any_store.database)
    twice, other = make.interaction(), make.interaction()
    any_store.interactions.add(twice)
    hold = Event()
    writer.submit(hold.wait)  # what follows waits, and is committed together
    bad = writer.submit(lambda: any_store.interactions.add(twice))
    good = writer.submit(lambda: any_store.interactions.add(other))
    hold.set()
    with pytest.raises(Conflict):
        bad.result(10)
    good.result(10)
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 2
    writer.close()


@pytest.mark.anyio
async def test_items_of_one_kind_are_written_by_one_call(any_store: Store, make: Maker) -> None:
    calls: list[int] = []

    def write(nouns: list[Interaction]) -> list[str]:
        calls.append(len(nouns))
        any_store.interactions.add_new(*nouns)
        return [noun.id for noun in nouns]

    writer = Writer(any_store.database)
    holds = [Event() for _ in range(2)]
    for hold in holds:  # every thread is busy, so that the others wait
        writer.submit(partial(hold.wait, 30))
    nouns = [make.interaction() for _ in range(50)]
    writing = asyncio.gather(*(writer.write_item(write, noun) for noun in nouns))
    await asyncio.sleep(0)
    for hold in holds:
        hold.set()
    assert await writing == [noun.id for noun in nouns]
    assert sum(calls) == 50
    assert len(calls) <= 3
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 50
    writer.close()


@pytest.mark.anyio
async def test_an_item_that_fails_takes_no_other_with_it(any_store: Store, make: Maker) -> None:
    def write(nouns: list[Interaction]) -> list[None]:
        any_store.interactions.add(*nouns)
        return [None] * len(nouns)

    writer = Writer(any_store.database)
    twice, other = make.interaction(), make.interaction()
    any_store.interactions.add(twice)
    found = await asyncio.gather(
        *(writer.write_item(write, noun) for noun in (twice, other)), return_exceptions=True
    )
    assert isinstance(found[0], Conflict)
    assert found[1] is None
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 2
    writer.close()


def test_too_much_at_once_is_refused_and_not_kept_in_memory(store: Store) -> None:
    writer = Writer(store.database, max_waiting=10)
    hold = Event()
    writer.submit(lambda: hold.wait(10))
    taken = 0

    def flood() -> None:
        nonlocal taken
        for _ in range(100):
            writer.submit(lambda: None)
            taken += 1

    with pytest.raises(Busy) as caught:
        flood()
    assert caught.value.retry_after > 0
    assert taken <= 11
    hold.set()
    writer.close()


def test_closing_writes_what_waits(tmp_path: Path, make: Maker) -> None:
    with Store(str(tmp_path / "a.db")) as store:
        store.upgrade()
        writer = Writer(store.database)
        noun = make.interaction()
        writer.submit(lambda: store.interactions.add(noun))
        writer.close()
        assert store.interactions.find(DEFAULT_WORKSPACE, noun.id) == noun
        with pytest.raises(Busy):
            writer.submit(lambda: None)


def test_many_rows_with_one_that_is_there_already_are_added_once(any_store: Store, make: Maker) -> None:
    nouns = [make.interaction() for _ in range(150)]
    any_store.interactions.insert_ignore(nouns[70])
    any_store.interactions.insert_ignore(*nouns)
    any_store.interactions.insert_ignore(*nouns)
    assert sorted(any_store.interactions.latest(DEFAULT_WORKSPACE, limit=500), key=lambda i: i.id) == nouns


def test_more_is_waited_for_as_long_as_more_comes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    writer, begun, hold = Writer(store.database), Event(), Event()
    write, groups, late = writer._write, list[int](), [lambda: "late"] * 2

    def note(group: list[Any]) -> None:
        groups.append(len(group))
        write(group)

    def keep_busy() -> None:
        begun.set()
        hold.wait(30)

    def add_one(_seconds: float) -> None:
        if late:
            writer.submit(late.pop())

    monkeypatch.setattr(writer, "_write", note)
    monkeypatch.setattr(
        "upspiral.store.writer.time", SimpleNamespace(sleep=add_one, monotonic=time.monotonic)
    )
    writer.submit(keep_busy)
    assert begun.wait(30)
    together = [writer.submit(lambda: "first") for _ in range(2)]
    hold.set()
    wait(together, timeout=30)
    writer.submit(lambda: "last").result(30)
    writer.close()
    assert groups == [1, 2, 3]
