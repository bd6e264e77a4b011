"""Transactions, on both databases."""

import threading
from contextlib import suppress
from functools import partial

import pytest
from tests.conftest import Maker, fresh_database

from upspiral.domain import Interaction
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.store import Store


def test_a_transaction_happens_whole_or_not_at_all(any_store: Store, make: Maker) -> None:
    def fail() -> None:
        with any_store.transaction():
            any_store.interactions.add(make.interaction())
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 0


def test_many_threads_write_without_losing_a_row(any_store: Store, make: Maker) -> None:
    batches = [[make.interaction() for _ in range(20)] for _ in range(8)]
    threads = [threading.Thread(target=any_store.interactions.add, args=batch) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 160


def test_two_transactions_that_wait_for_each_other_are_both_done_in_the_end(
    postgres_url: str, make: Maker
) -> None:
    one, other = make.interaction(), make.interaction()
    both, order = threading.Barrier(2), list[str]()
    with Store(fresh_database(postgres_url)) as store:
        store.upgrade()
        store.interactions.add(one, other)

        def hold(first: Interaction, second: Interaction) -> None:
            store.interactions.lock(DEFAULT_WORKSPACE, [first.id])
            with suppress(threading.BrokenBarrierError):
                both.wait(1)
            store.interactions.lock(DEFAULT_WORKSPACE, [second.id])
            order.append(first.id)

        threads = [
            threading.Thread(target=store.database.with_retry, args=(partial(hold, *pair),))
            for pair in ((one, other), (other, one))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(order) == sorted([one.id, other.id])
