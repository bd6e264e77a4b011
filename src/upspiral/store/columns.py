"""How does a field of a noun become a column? One table per noun, derived from its fields."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    and_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

metadata = MetaData()


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite keeps it without a zone, PostgreSQL with one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments and turn the others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"a moment without a time zone cannot be stored: {value!r}"
            raise ValueError(msg)
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give every moment its zone back."""
        return None if value is None else read_moment(value)


def read_moment(stored: str | datetime) -> datetime:
    """Read a moment as the driver gives it: SQLite's has no zone and is text, PostgreSQL's has one.

    >>> read_moment("2026-01-05 12:00:00.000000")
    datetime.datetime(2026, 1, 5, 12, 0, tzinfo=datetime.timezone.utc)
    """
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def column_type(hint: Any) -> tuple[TypeEngine[Any], bool]:
    """Choose the column type of a field, and whether it may be NULL.

    >>> column_type(int | None)
    (Integer(), True)
    """
    nullable = False
    if get_origin(hint) in (Union, UnionType):
        inner = [arg for arg in get_args(hint) if arg is not NoneType]
        nullable = len(inner) < len(get_args(hint))
        hint = inner[0]
    hint = getattr(hint, "__supertype__", hint)
    simple: dict[Any, TypeEngine[Any]] = {
        bool: Boolean(),
        int: Integer(),
        float: Float(),
        datetime: UtcDateTime(),
    }
    if hint in simple:
        return simple[hint], nullable
    if hint is str or (isinstance(hint, type) and issubclass(hint, Enum)):
        return Text(), nullable
    return JSON().with_variant(JSONB(), "postgresql"), nullable


def table(
    name: str,
    noun: type[msgspec.Struct],
    *,
    key: Sequence[str],
    indexes: Sequence[Sequence[str]] = (),
    sparse: Sequence[str | tuple[str, str]] = (),
    large: Collection[str] = (),
) -> Table:
    """Describe the table that holds one noun: a column per field.

    Args:
        name: The table's name.
        noun: The Struct whose fields are the columns.
        key: The primary key; the workspace is always part of it.
        indexes: Columns of each further index.
        sparse: Columns by which rows of a workspace are found, where they are not NULL; one that comes with
            another only where it differs from that.
        large: Columns of whole numbers that may pass two thousand millions.
    """
    hints = get_type_hints(noun)
    columns = []
    for field in noun.__struct_fields__:
        kind, nullable = column_type(hints[field])
        columns.append(Column(field, BigInteger() if field in large else kind, nullable=nullable))
    extra = [Index(f"ix_{name}_{'_'.join(fields)}", *fields) for fields in indexes]
    extra += [_sparse_index(name, column, columns) for column in sparse]
    return Table(name, metadata, *columns, PrimaryKeyConstraint(*key), *extra)


def _sparse_index(name: str, column: str | tuple[str, str], columns: Sequence[Column[Any]]) -> Index:
    named, other = column if isinstance(column, tuple) else (column, None)
    by_name = {c.name: c for c in columns}
    differs = [by_name[named] != by_name[other]] if other else []
    given = and_(by_name[named].is_not(None), *differs)
    return Index(
        f"ix_{name}_workspace_{named}", "workspace", named, sqlite_where=given, postgresql_where=given
    )
