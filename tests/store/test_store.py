"""What the store promises, on both databases."""

import threading
from contextlib import suppress
from functools import partial

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from tests.conftest import START, Maker, fresh_database

from upspiral.domain import Deployment, DeploymentState, Interaction, Key
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, DeploymentId, KeyId
from upspiral.domain.rollup import Rollup
from upspiral.errors import ConfigError, Conflict, InvalidTransition, NotFound, StoreError
from upspiral.store import Store
from upspiral.store.tables import metadata

SUPPORT = AgentId("support")


def test_the_migrations_make_exactly_the_tables_of_the_nouns(any_store: Store) -> None:
    with any_store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_what_is_written_is_read_back_the_same(any_store: Store, make: Maker) -> None:
    written = make.interaction(metadata={"task": "search"}, error="boom")
    any_store.interactions.add(written)
    assert any_store.interactions.get(DEFAULT_WORKSPACE, written.id) == written


def test_another_workspace_sees_nothing(any_store: Store, make: Maker) -> None:
    written = make.interaction()
    any_store.interactions.add(written)
    with pytest.raises(NotFound, match="int_"):
        any_store.interactions.get("other", written.id)


def test_a_row_is_added_once(any_store: Store, make: Maker) -> None:
    written = make.interaction()
    any_store.interactions.add(written)
    any_store.interactions.insert_ignore(written)
    with pytest.raises(Conflict):
        any_store.interactions.add(written)
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 1


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


def test_a_deployment_moves_only_along_its_table(any_store: Store) -> None:
    canary = Deployment(
        id=DeploymentId("dep"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        candidate=AgentVersionId("new"),
        stable=AgentVersionId("old"),
        share=0.1,
        started=START,
    )
    any_store.deployments.add(canary)
    any_store.deployments.move(canary, DeploymentState.ROLLED_BACK)
    with pytest.raises(InvalidTransition, match="canary"):
        any_store.deployments.move(canary, DeploymentState.PROMOTED)


def test_a_database_that_cannot_be_opened_is_named_to_the_operator_only() -> None:
    broken = Store("postgresql://nobody:hunter2@127.0.0.1:1/none")
    with pytest.raises(StoreError) as found:
        broken.interactions.total(DEFAULT_WORKSPACE)
    assert "127.0.0.1" in found.value.detail
    assert "127.0.0.1" not in str(found.value)
    assert "hunter2" not in found.value.detail


def test_a_row_that_is_refused_is_told_by_its_rule_and_never_by_its_values(any_store: Store) -> None:
    key = Key(
        id=KeyId("a secret name"),
        workspace=DEFAULT_WORKSPACE,
        name="n",
        shown="ups_",
        sha256="a secret hash",
        scopes=(),
        at=START,
    )
    any_store.keys.add(key)
    with pytest.raises(Conflict) as found:
        any_store.keys.add(key)
    assert "secret" not in str(found.value)


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


def test_counts_are_written_when_the_transaction_ends_each_kind_once(any_store: Store) -> None:
    kind = Rollup(
        workspace=DEFAULT_WORKSPACE, day="2026-01-05", agent="a", model="m", version="", domain="", n=1
    )
    with any_store.transaction():
        for _ in range(3):
            any_store.rollups.grow([kind])
        assert not any_store.rollups.any(DEFAULT_WORKSPACE)
    any_store.rollups.grow([kind])
    assert [row.n for row in any_store.rollups.list_rows(DEFAULT_WORKSPACE)] == [4]


def test_a_database_of_a_newer_version_is_refused_with_the_next_action(any_store: Store) -> None:
    with any_store.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigError, match="'9999'") as refused:
        any_store.upgrade()
    assert "newer version" in (refused.value.hint or "")
