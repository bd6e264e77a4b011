"""What the store promises, on both databases."""

import threading
from contextlib import suppress
from functools import partial

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from tests.conftest import Maker, fresh_database

from upspiral.domain import Interaction
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.errors import ConfigError, StoreError
from upspiral.store import Store
from upspiral.store.tables import metadata

SUPPORT = AgentId("support")


def test_the_migrations_make_exactly_the_tables_of_the_nouns(any_store: Store) -> None:
    with any_store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_database_that_cannot_be_opened_is_named_to_the_operator_only() -> None:
    broken = Store("postgresql://nobody:hunter2@127.0.0.1:1/none")
    with pytest.raises(StoreError) as found:
        broken.interactions.total(DEFAULT_WORKSPACE)
    assert "127.0.0.1" in found.value.detail
    assert "127.0.0.1" not in str(found.value)
    assert "hunter2" not in found.value.detail


def test_servers_that_start_at_once_make_one_schema(postgres_url: str) -> None:
    url, errors = fresh_database(postgres_url), list[Exception]()

    def start() -> None:
        with Store(url) as store:
            try:
                store.upgrade()
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


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


def test_a_database_of_a_newer_version_is_refused_with_the_next_action(any_store: Store) -> None:
    with any_store.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigError, match="'9999'") as refused:
        any_store.upgrade()
    assert "newer version" in (refused.value.hint or "")
