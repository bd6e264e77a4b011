"""Transactions, on both databases."""

import threading
from contextlib import suppress
from functools import partial

from tests.conftest import Maker, fresh_database

from upspiral.domain import Interaction
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.store import Store


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
