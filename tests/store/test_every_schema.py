"""A store of every schema since 0004, with rows in every table, is whole after the upgrade."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import msgspec
import pytest
from msgspec import inspect as kinds
from sqlalchemy import Connection, DateTime, Float, Integer, MetaData, Table, func, insert, select
from sqlalchemy.types import JSON, Boolean, TypeEngine
from tests.store.schemas import upgrade_to

from upspiral.admin.database import migrate
from upspiral.store import Store
from upspiral.store.migrate import _list_revisions
from upspiral.store.rows import Rows

pytestmark = pytest.mark.long
REVISIONS = [one for one in _list_revisions() if one >= "0004"]
WHEN = datetime(2026, 1, 5, 12, tzinfo=UTC)
RELEASED = "0031"
"""The schema of the last release: its servers may still run when a newer one brings the database forward."""
NOT_KEPT = frozenset({"attempts"})
"""Answers for repeated requests: they live for a day, and 0010 gave them another form."""
RENAMED = {"task": "domain"}
"""Columns of old schemas that have another name now."""


def list_rows(store: Store) -> dict[str, Rows[Any]]:
    """Give every table of today, by its name."""
    return {one.table.name: one for one in vars(store).values() if isinstance(one, Rows)}


def make_value(kind: kinds.Type) -> Any:
    """Give the simplest value of a field's kind, as JSON holds it."""
    match kind:
        case kinds.UnionType(types=types):
            return None if any(isinstance(one, kinds.NoneType) for one in types) else make_value(types[0])
        case kinds.StructType(fields=fields):
            return {one.encode_name: make_value(one.type) for one in fields if one.required}
        case kinds.EnumType(cls=cls):
            first: Enum = next(iter(cls))
            return first.value
        case kinds.LiteralType(values=values):
            return values[0]
        case kinds.TupleType(item_types=inner):
            return [make_value(one) for one in inner]
    return next((value for known, value in SIMPLEST.items() if isinstance(kind, known)), "x")


SIMPLEST: dict[type[kinds.Type], Any] = {
    kinds.DictType: {},
    kinds.VarTupleType: [],
    kinds.ListType: [],
    kinds.DateTimeType: WHEN,
    kinds.BoolType: False,
    kinds.IntType: 1,
    kinds.FloatType: 1.0,
}


def fill(kind: TypeEngine[Any]) -> Any:
    """Give a value of a column that no noun of today has any more."""
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer | Float):
        return 1
    if isinstance(kind, DateTime):
        return WHEN
    return {} if isinstance(kind, JSON) else "x"


def make_row(table: Table, today: Mapping[str, kinds.Type]) -> dict[str, Any]:
    """Make a row of an old table out of what its noun holds today."""
    found: dict[str, Any] = {}
    for column in table.columns:
        name = RENAMED.get(column.name, column.name)
        value = make_value(today[name]) if name in today else None if column.nullable else fill(column.type)
        is_moment = isinstance(column.type, DateTime)
        found[column.name] = WHEN if is_moment and not column.nullable else value
    return found


def insert_rows(connection: Connection, store: Store) -> dict[str, int]:
    """Put a row into every table of an old schema; give how many each holds."""
    old = MetaData()
    old.reflect(connection)
    nouns = {name: kinds.type_info(rows.noun) for name, rows in list_rows(store).items()}
    for table in old.sorted_tables:
        noun = nouns.get(table.name)
        if isinstance(noun, kinds.StructType):
            row = make_row(table, {one.name: one.type for one in noun.fields})
            connection.execute(insert(table), [row])
    return {name: _count(connection, table) for name, table in old.tables.items() if name in nouns}


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.fixture(params=["sqlite", "postgres"])
def empty_store(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Store]:
    """A store without any table, once on each database."""
    from tests.conftest import fresh_database

    url = str(tmp_path / "old.db")
    if request.param == "postgres":
        url = fresh_database(request.getfixturevalue("postgres_url"))
    with Store(url) as opened:
        yield opened


@pytest.mark.timeout(600)
@pytest.mark.parametrize("revision", REVISIONS)
def test_rows_of_every_schema_are_whole_after_the_upgrade(empty_store: Store, revision: str) -> None:
    store = empty_store
    upgrade_to(store, revision)
    with store.database.transaction() as connection:
        before = insert_rows(connection, store)
    assert {"interactions", "feedback", "cycles", "deployments", "rollups"} <= before.keys()
    assert set(before.values()) == {1}
    migrate(store)
    assert store.revision() == store.newest()
    assert store.count_unreadable() == {}
    rows = list_rows(store)
    lost = {name for name in before if rows[name].count() != before[name]}
    assert lost <= NOT_KEPT
    assert isinstance(msgspec.json.encode(store.interactions.select()[0]), bytes)


@pytest.mark.timeout(600)
def test_a_server_of_the_last_release_goes_on_after_a_newer_one_has_upgraded(empty_store: Store) -> None:
    store, old = empty_store, MetaData()
    upgrade_to(store, RELEASED)
    with store.database.reading() as connection:
        old.reflect(connection)
    migrate(store)
    nouns = {name: kinds.type_info(rows.noun) for name, rows in list_rows(store).items()}
    with store.database.transaction() as connection:
        for table in old.sorted_tables:
            if isinstance(noun := nouns.get(table.name), kinds.StructType):
                row = make_row(table, {one.name: one.type for one in noun.fields})
                connection.execute(insert(table), [row])
                assert connection.execute(select(table)).first() is not None
    assert store.count_unreadable() == {}
    assert {
        name for name, rows in list_rows(store).items() if name in old.tables and not rows.count()
    } == set()
