"""How do many nouns reach a table at once? As few statements as the database allows."""

import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from itertools import chain
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import JSON, Boolean, Connection, Float, Table, Text

from upspiral.errors import InvalidInput
from upspiral.storable import faults, is_storable
from upspiral.store.columns import UtcDateTime

BLOCK = 100
"""Rows of one INSERT: one call into SQLite, during which other threads run."""
COPY_FROM = 20
"""From so many rows on, PostgreSQL gets them by COPY."""

_MOMENT_CHARS = len("2026-01-01 00:00:00.000000")
"""Of a moment without its offset, which is always that of UTC."""
_EMPTY_JSON = {dict: "{}", list: "[]", tuple: "[]"}

Encode = Callable[[Any], Any]


@cache
def get_inserter(table: Table, *, is_sqlite: bool) -> "BulkInserter":
    """Give the one of a table, made once though many stores are opened."""
    return BulkInserter(table, is_sqlite=is_sqlite)


class BulkInserter:
    """Turns nouns of one table into rows of plain values and writes those that are missing."""

    def __init__(self, table: Table, *, is_sqlite: bool) -> None:
        self._table = table
        self._is_sqlite = is_sqlite
        self._names = [column.name for column in table.columns]
        self._fields = attrgetter(*self._names)
        keys = [column.name for column in table.primary_key]
        self._key: Callable[[Any], tuple[str, ...]] = attrgetter(*keys)
        named = ",".join(f'"{name}"' for name in keys)
        self._returning = f" RETURNING {named}"
        self._selecting = f'SELECT {named} FROM "{table.name}"'  # noqa: S608 - our own names
        kinds = _SQLITE if is_sqlite else _POSTGRESQL
        self._changes = [(i, kinds[kind]) for i, c in enumerate(table.columns) if (kind := _kind(c.type))]
        self._sql: dict[int, str] = {}

    def rows(self, nouns: Sequence[msgspec.Struct]) -> list[list[Any]]:
        """Give one list of values per noun, in the order of the columns."""
        found = [list(self._fields(noun)) for noun in nouns]
        for place, change in self._changes:
            for row in found:
                value = row[place]
                if value is not None and not (change is _text and value.__class__ is str):
                    row[place] = change(value)
        return found

    def add_missing(
        self, connection: Connection, nouns: Sequence[msgspec.Struct], *, told: bool = False
    ) -> set[tuple[str, ...]]:
        """Write the rows whose key is not there yet.

        On PostgreSQL in the order of their keys, so that two that write the same rows do not wait for each
        other in a circle.

        Args:
            connection: In a transaction.
            nouns: The rows.
            told: Are the keys wanted of those that were written?
        """
        if not self._is_sqlite:
            nouns = sorted(nouns, key=self._key)
            if len(nouns) >= COPY_FROM and self._try_copy(connection, nouns):
                return {self._key(noun) for noun in nouns}
        written: set[tuple[str, ...]] = set()
        for start in range(0, len(nouns), BLOCK):
            written |= self._add_block(connection, nouns[start : start + BLOCK], told=told)
        return written

    def _add_block(
        self, connection: Connection, nouns: Sequence[msgspec.Struct], *, told: bool
    ) -> set[tuple[str, ...]]:
        """Write a block; give the keys of the rows that were written, where they are wanted."""
        statement, values = self._insert(len(nouns)), tuple(chain.from_iterable(self.rows(nouns)))
        if told and not self._is_sqlite:
            return {tuple(row) for row in connection.exec_driver_sql(statement + self._returning, values)}
        written = connection.exec_driver_sql(statement, values)
        if not told or not written.rowcount:
            return set()
        if written.rowcount == len(nouns):  # as nearly always; SQLite would hand out each key by itself
            return {self._key(noun) for noun in nouns}
        return self._read_last(connection, written.lastrowid, written.rowcount)

    def _read_last(self, connection: Connection, last: int, count: int) -> set[tuple[str, ...]]:
        """Read the keys of the rows that were just written: SQLite numbers them one after the other."""
        where = "WHERE rowid > ? AND rowid <= ?"
        rows = connection.exec_driver_sql(f"{self._selecting} {where}", (last - count, last))
        return {tuple(row) for row in rows}

    def _insert(self, rows: int) -> str:
        known = self._sql.get(rows)
        if known is None:
            marks = ["?" if self._is_sqlite else _mark(c.type) for c in self._table.columns]
            one = f"({','.join(marks)})"
            columns = ",".join(f'"{name}"' for name in self._names)
            known = (
                f'INSERT INTO "{self._table.name}" ({columns}) VALUES {",".join([one] * rows)}'  # noqa: S608
                " ON CONFLICT DO NOTHING"
            )
            self._sql[rows] = known
        return known

    def _try_copy(self, connection: Connection, nouns: Sequence[msgspec.Struct]) -> bool:
        """Write by binary COPY; False where one of the rows is there already, and nothing was written."""
        from psycopg.errors import UniqueViolation

        columns = ",".join(f'"{name}"' for name in self._names)
        driver: Any = connection.connection.driver_connection
        try:
            with connection.begin_nested(), driver.cursor() as cursor:
                statement = f'COPY "{self._table.name}" ({columns}) FROM STDIN (FORMAT BINARY)'
                with cursor.copy(statement) as copy:
                    copy.set_types([_pg_type(column.type) for column in self._table.columns])
                    for row in self._copy_rows(nouns):
                        copy.write_row(row)
        except UniqueViolation:
            return False
        return True

    def _copy_rows(self, nouns: Sequence[msgspec.Struct]) -> Iterator[list[Any]]:
        from psycopg.types.json import Jsonb

        json = [i for i, column in enumerate(self._table.columns) if _kind(column.type) == "json"]
        for row in self.rows(nouns):
            for place in json:
                if row[place] is not None:
                    row[place] = Jsonb(row[place], dumps=str.encode)
            yield row


def _kind(column: object) -> str | None:
    if isinstance(column, UtcDateTime):
        return "moment"
    if isinstance(column, JSON):
        return "json"
    if isinstance(column, Float):
        return "number"
    return "text" if isinstance(column, Text) else "flag" if isinstance(column, Boolean) else None


def _text(value: str) -> str:
    return value._value_ if isinstance(value, Enum) else value  # `value` is a slow property


def to_json(value: Any) -> str:
    """Write a value as JSON.

    Raises:
        InvalidInput: It holds a number that JSON does not have; the row could never be read again.

    >>> to_json({"cost": 0.5})
    '{"cost":0.5}'
    """
    if not value and (empty := _EMPTY_JSON.get(value.__class__)):  # as most are
        return empty
    raw = msgspec.json.encode(value)
    if b"null" in raw:  # infinity and NaN are written so
        refuse_infinity(value)
    return raw.decode()


def refuse_infinity(value: object) -> None:
    """Refuse a number that is not finite, wherever in a value it stands.

    Raises:
        InvalidInput: There is one.
    """
    if is_storable(value):
        return
    for fault in faults(value):
        if fault.kind == "number" and not math.isfinite(fault.value):
            raise InvalidInput(f"A number cannot be stored: {fault}.", hint="Send a finite number.")


def _is_finite(value: float) -> float:
    if not math.isfinite(value):
        refuse_infinity(value)
    return value


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        msg = f"a moment without a time zone cannot be stored: {value!r}"
        raise ValueError(msg)
    return value.astimezone(UTC)


def _sqlite_moment(value: datetime) -> str:
    moment = value if value.tzinfo is UTC else _utc(value)  # as nearly all are
    return moment.isoformat(" ", "microseconds")[:_MOMENT_CHARS]


_SQLITE: dict[str, Encode] = {
    "moment": _sqlite_moment,
    "json": to_json,
    "text": _text,
    "flag": int,
    "number": _is_finite,
}
_POSTGRESQL: dict[str, Encode] = {
    "moment": _utc,
    "json": to_json,
    "text": _text,
    "flag": bool,
    "number": _is_finite,
}


def _mark(column: object) -> str:
    return f"%s::{_pg_type(column)}"


def _pg_type(column: object) -> str:
    kinds = {
        "moment": "timestamptz",
        "json": "jsonb",
        "text": "text",
        "flag": "bool",
        "number": "float8",
        None: "int4",
    }
    return kinds[_kind(column)]
