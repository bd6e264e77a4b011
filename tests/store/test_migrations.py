"""A migration that has run somewhere never changes; databases of every earlier state come to the newest."""

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from tests.conftest import Maker
from tests.store.schemas import run, take_back

from upspiral.admin.database import migrate
from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.domain import Usage
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.store import Store
from upspiral.store import migrate as module

FROZEN = {
    "0001_initial": "bb8c141185ccec72bfc3a2bf3e9e52add55baa59d60d7c6421692fb35a6ca731",
    "0002_capture": "3ab0fe7dd6176012040ded95618a90001b7c604bf1e42ff6bad55df1a0c06d06",
    "0003_learning": "9e90d9e6e1398207f5442427ce9fbeae510d0760d284ab93f03f933f81b525f0",
    "0004_tenants": "fa39dd66897ca307179458e47447699e5e23726bc82435c0ec509a85ccfaaef3",
    "0005_schedules": "1f283618f5cf85d4ceb10c0837ad5805111a3c93b487f33dcd373d2381d98f77",
    "0006_patterns": "663f42321ea777d641ca2a950d45458ab707c0c4ec02f1ba8fc775069023c3c9",
    "0007_raters": "9986586c1a5871f960827d67aede69f68dd1d1d8c3a03a8e0693e80cb0d24672",
    "0008_newest": "8d484f9935897d62cd4912752b08ff1717aa9ecffdd24deae66bb3e4e82f74a5",
    "0009_finite": "21c2f016fd48cb3e3ee8e3663dc8e6fa9b2221b34225f58a1658f63a04bdcabb",
    "0010_idempotency": "993ce47fa2fadb1fe4dcf471c1465406e2f93bd060ddaddb7e5b90092f9a2e03",
    "0011_nights": "060b318b653c9104b8a320b99a0b1758b926f9db12c2010464f811f77a3a734b",
    "0012_teachers": "61d84d42e998b0fa44cfd37c68fbd1882e98e592d345b8e9abd3dcb1df870685",
    "0013_agents": "486b6cf7b5952c130b21fbf707c36b1f99edda2b4a21562d85d962739574b44b",
    "0014_vote_weights": "df80fae509cc0ac6b007df52e5dc2fb3164500fb7bef98fbf1f5684656578081",
    "0015_whole_requests": "3d9edbb00f55b93b4bc8b36be90f9449fc6b142a9d1cf151da2739ee50cc5903",
    "0016_costs": "925eceb0b8f232ba76160112124f8155251080c5f999a6c7b776aa5ebd37a686",
    "0017_attachments": "9accb898c55675efde63329b493e9839cce728fd6331679f97272be30a47b102",
}
"""SHA-256 of each migration that has run somewhere; a release adds those that are new in it."""


def test_no_migration_was_changed_after_it_had_run() -> None:
    folder = Path(module.__file__).parent / "migrations" / "versions"
    found = {path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("0*.py")}
    changed = [name for name, digest in FROZEN.items() if found.get(name) != digest]
    assert not changed, f"{changed} were changed or removed: write a new migration instead"
    unnamed = [name for name in found if name < max(FROZEN) and name not in FROZEN]
    assert not unnamed, f"{unnamed} stand before what was released: give them the next number"


def test_the_newest_revision_is_that_of_alembic_though_only_file_names_are_read(any_store: Store) -> None:
    config = Config()
    config.set_main_option("script_location", str(module.MIGRATIONS))
    assert module.newest() == ScriptDirectory.from_config(config).get_current_head()
    with any_store.database.reading() as connection:
        assert any_store.revision() == MigrationContext.configure(connection).get_current_revision()


@pytest.mark.parametrize("lacking", [("rollups", "tool_rollups", "choices"), ("choices",)])
def test_a_database_of_an_early_build_of_0003_is_brought_forward(
    any_store: Store, make: Maker, lacking: tuple[str, ...]
) -> None:
    any_store.workspaces.ensure(DEFAULT_WORKSPACE, make.now)
    record(any_store, make.interaction(), now=make.now)
    _downgrade_to_0003(any_store)
    run(any_store, *(f"DROP TABLE {name}" for name in lacking))
    migrate(any_store)
    assert any_store.revision() == any_store.newest()
    assert any_store.choices.total(DEFAULT_WORKSPACE) == 0
    (counted,) = any_store.rollups.sums(DEFAULT_WORKSPACE, "agent", None)
    assert counted["n"] == 1


def _downgrade_to_0003(store: Store) -> None:
    """Undo by hand what the migrations after 0003 made."""
    run(store, "ALTER TABLE rollups RENAME COLUMN domain TO task")
    take_back(store, "0003")
    if not store.database.is_sqlite:
        names = [name for (name,) in _policies(store)]
        for name in names:
            run(store, f'DROP POLICY tenant ON "{name}"')


def _policies(store: Store) -> list[tuple[str]]:
    with store.database.reading() as connection:
        found = connection.execute(text("SELECT tablename FROM pg_policies WHERE policyname = 'tenant'"))
        return [(str(row[0]),) for row in found]


def test_rows_of_an_older_version_with_infinite_numbers_are_whole_after_the_upgrade(
    any_store: Store, make: Maker
) -> None:
    store = any_store
    store.workspaces.ensure(DEFAULT_WORKSPACE, make.now)
    bad, good = make.interaction(usage=Usage(1, 2, 0.5), latency_ms=7), make.interaction(latency_ms=5)
    record(store, bad, good, now=make.now)
    give_feedback(store, [make.feedback(bad, 0.0)], settings=CaptureSettings(), now=make.now)
    infinite = "9e999" if store.database.is_sqlite else "'Infinity'"
    cost = '\'{"input_tokens":1,"output_tokens":2,"cost":null}\''
    run(
        store,
        f"UPDATE interactions SET latency_ms = {infinite}, usage = {cost} WHERE id = '{bad.id}'",
        f"UPDATE rollups SET latency_ms = {infinite}, cost = {infinite}",
    )
    take_back(store, "0008")
    migrate(store)
    found = store.interactions.get(DEFAULT_WORKSPACE, bad.id)
    assert (found.latency_ms, found.usage) == (0.0, Usage(1, 2, 0.0))
    (counted,) = store.rollups.sums(DEFAULT_WORKSPACE, "agent", None)
    assert (counted["n"], counted["failures"], counted["latency_ms"], counted["cost"]) == (2, 1, 5.0, 0.0)


def test_counts_of_forgotten_days_stay_though_a_sum_was_infinite(any_store: Store, make: Maker) -> None:
    store = any_store
    store.workspaces.ensure(DEFAULT_WORKSPACE, make.now)
    record(store, make.interaction(agent=AgentId("a")), now=make.now)
    infinite = "9e999" if store.database.is_sqlite else "'NaN'"
    run(store, f"UPDATE rollups SET latency_ms = {infinite}", "DELETE FROM interactions")
    make.tick(timedelta(days=2).total_seconds())
    migrate(store)
    (counted,) = store.rollups.sums(DEFAULT_WORKSPACE, "agent", None)
    assert (counted["n"], counted["latency_ms"]) == (1, 0.0)


def test_runs_of_several_recorded_before_0023_count_for_each_as_new_ones_do(
    any_store: Store, make: Maker
) -> None:
    store = any_store
    store.workspaces.ensure(DEFAULT_WORKSPACE, make.now)
    named: list[dict[str, str]] = [
        {},
        {"models": "support"},
        {"models": "a"},
        {"models": "a, b,a"},
        {"models": '["a", "b"]'},
        {"models": '["a", 1]'},
        {"models": "[a,b"},
        {"models": "support,b", "agreed": "support,b"},
        {"ensemble": "part", "models": "support"},
        {"ensemble": "given", "models": "support,b,c", "agreed": "support,b"},
        {"models": "\u00e9\u4e2d,b"},
    ]
    for metadata in named:
        run = make.interaction(metadata=metadata, latency_ms=3.0)
        record(store, run, now=make.now)
        give_feedback(store, [make.feedback(run, 1.0)], settings=CaptureSettings(), now=make.now)
    tables = (store.participants, store.shared_rollups)
    before = [sorted(rows.list_rows(DEFAULT_WORKSPACE), key=repr) for rows in tables]
    take_back(store, "0022")
    migrate(store)
    assert [sorted(rows.list_rows(DEFAULT_WORKSPACE), key=repr) for rows in tables] == before
