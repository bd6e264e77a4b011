"""Who took a night up last may write for it; whoever ran it before writes nothing, whatever and wherever."""

import threading
from contextvars import copy_context
from datetime import timedelta

import pytest
from tests.conftest import START
from tests.store.repositories.test_nights import make_night

from upspiral.domain import Executor
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import LeaseLost
from upspiral.store import Store
from upspiral.store.fencing import Lease, check_token, write_under
from upspiral.store.rows import Rows


def claim(store: Store, executor: str = "a") -> Lease:
    store.cycles.insert_ignore(make_night(1))
    return store.cycles.claim(DEFAULT_WORKSPACE, make_night(1).id, executor=executor)


def test_each_who_takes_a_night_up_gets_a_higher_token_and_stands_in_its_row(any_store: Store) -> None:
    first, second = claim(any_store), claim(any_store, "b")
    assert second.token > first.token
    found = any_store.cycles.get(first.workspace, first.cycle)
    assert (found.executor, found.fencing_token) == ("b", second.token)


def test_under_a_lost_lease_nothing_is_written_to_any_table(any_store: Store) -> None:
    stale = claim(any_store)
    claim(any_store, "b")
    tables = [one for one in vars(any_store).values() if isinstance(one, Rows)]
    assert len(tables) > 30
    for rows in tables:
        with write_under(stale), pytest.raises(LeaseLost, match="taken over"):
            rows.remove()


def test_under_the_newest_lease_everything_is_written(any_store: Store) -> None:
    claim(any_store)
    with write_under(claim(any_store, "b")):
        any_store.executors.upsert(Executor(id="b", seen=START))
        assert any_store.cycles.note(DEFAULT_WORKSPACE, make_night(1).id, rated=3)
    assert any_store.cycles.get(DEFAULT_WORKSPACE, make_night(1).id).rated == 3


def test_a_thread_that_a_night_starts_writes_under_its_lease(any_store: Store) -> None:
    stale = claim(any_store)
    claim(any_store, "b")
    raised: list[LeaseLost] = []

    def write() -> None:
        try:
            any_store.executors.upsert(Executor(id="a", seen=START))
        except LeaseLost as error:
            raised.append(error)

    with write_under(stale):
        context = copy_context()  # as asyncio.to_thread does
    thread = threading.Thread(target=context.run, args=(write,))
    thread.start()
    thread.join()
    assert raised
    assert any_store.executors.last_seen() == {}


def test_who_is_outside_of_a_night_writes_whoever_runs_it(any_store: Store) -> None:
    with write_under(claim(any_store)):
        pass
    claim(any_store, "b")
    any_store.executors.upsert(Executor(id="a", seen=START + timedelta(seconds=1)))
    check_token(99)


def test_a_night_is_taken_up_only_after_what_is_being_written_for_it(any_store: Store) -> None:
    """Neither half: what began under the lease is kept, and what comes after is refused."""
    lease, night = claim(any_store), make_night(1).id
    begun, taken = threading.Event(), threading.Event()

    def take() -> None:
        begun.set()
        claim(any_store, "b")
        taken.set()

    thread = threading.Thread(target=take)
    with write_under(lease), any_store.transaction():
        any_store.cycles.note(DEFAULT_WORKSPACE, night, rated=3)
        thread.start()
        assert begun.wait(60)
        assert not taken.wait(0.2)
        any_store.cycles.note(DEFAULT_WORKSPACE, night, reason="whole")
    thread.join(60)
    found = any_store.cycles.get(DEFAULT_WORKSPACE, night)
    assert (found.rated, found.reason, found.executor) == (3, "whole", "b")
    with write_under(lease), pytest.raises(LeaseLost):
        any_store.cycles.note(DEFAULT_WORKSPACE, night, rated=4)


def test_a_night_that_is_erased_belongs_to_nobody_else(any_store: Store) -> None:
    lease = claim(any_store)
    any_store.cycles.remove()
    with write_under(lease):
        any_store.executors.upsert(Executor(id="a", seen=START))
