"""How is a noun read and written? The same few questions for every table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from operator import attrgetter
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import (
    Column,
    ColumnElement,
    Insert,
    Select,
    Table,
    delete,
    extract,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from upspiral.cursor import Cursor
from upspiral.errors import NotFound
from upspiral.logs import get_logger
from upspiral.store.bulk_insert import get_inserter
from upspiral.store.database import Database

N = TypeVar("N", bound=msgspec.Struct)

log = get_logger(__name__)

MAX_UNREADABLE_KEPT = 1000
"""Keys of unreadable rows remembered of one table."""
CHUNK = 500
"""Ids in one IN list; SQLite allows a limited number of parameters."""


def split_batches(ids: Iterable[str]) -> Iterator[list[str]]:
    """Cut ids into lists that fit into one statement.

    >>> [len(part) for part in split_batches(str(n) for n in range(1200))]
    [500, 500, 200]
    """
    wanted = list(ids)
    for start in range(0, len(wanted), CHUNK):
        yield wanted[start : start + CHUNK]


def is_behind(at: Column[Any], ident: Column[Any], after: Cursor | None) -> list[ColumnElement[bool]]:
    """Give the conditions that a row of a list, newest first, stands behind a place in it.

    The first of them says nothing new: it lets the database begin reading an index at that place.
    """
    return [at <= after.at, or_(at < after.at, ident < after.id)] if after else []


class Rows(Generic[N]):
    """The rows of one table, as nouns.

    Subclasses name the noun and its table and add the questions that are asked of it.
    """

    noun: type[N]
    table: Table
    moment: str = "at"
    """The column by which its lists are ordered."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._encoder = get_inserter(self.table, is_sqlite=database.is_sqlite)

    def add(self, *nouns: N) -> None:
        """Write new rows.

        Raises:
            Conflict: One of them is there already.
        """
        if nouns:
            with self._database.transaction() as connection:
                connection.execute(insert(self.table), [_row(noun) for noun in nouns])

    def insert_ignore(self, *nouns: N) -> None:
        """Write those that are not there yet, so that a repeated step adds nothing twice."""
        if nouns:
            with self._database.transaction() as connection:
                self._encoder.add_missing(connection, nouns)

    def add_new(self, *given: N) -> list[N]:
        """Write those that are not there yet; give them, though somebody else writes the same just now.

        Of several with one key the first is written.
        """
        if not given:
            return []
        keys = attrgetter(*(column.name for column in self.table.primary_key))
        with self._database.transaction() as connection:
            written = self._encoder.add_missing(connection, given, told=True)
        unique = {keys(one): one for one in reversed(given)}
        return [one for key, one in reversed(unique.items()) if key in written]

    def upsert(self, *nouns: N) -> None:
        """Write rows, in place of those with the same key."""
        if nouns:
            statement = _build_upsert(self.table, is_sqlite=self._database.is_sqlite)
            with self._database.transaction() as connection:
                connection.execute(statement, [_row(noun) for noun in nouns])

    def get(self, workspace: str, key: str) -> N:
        """Read one by its id.

        Raises:
            NotFound: The workspace has none of that id.
        """
        found = self.find(workspace, key)
        if found is None:
            raise NotFound(
                f"There is no {self.noun.__name__} {key!r} in workspace {workspace!r}.",
                hint="Check the id for a typo.",
            )
        return found

    def find(self, workspace: str, key: str) -> N | None:
        """Read one by its id, or None."""
        id_column = self._ident
        found = self.select(self.table.c.workspace == workspace, id_column == key, limit=1)
        return found[0] if found else None

    def many(self, workspace: str, keys: Iterable[str]) -> list[N]:
        """Read those of the given ids that exist, in the order of the ids."""
        id_column = self._ident
        wanted = list(dict.fromkeys(keys))
        found: dict[str, N] = {}
        for part in split_batches(wanted):
            rows = self.select(self.table.c.workspace == workspace, id_column.in_(part))
            found |= {getattr(noun, id_column.name): noun for noun in rows}
        return [found[key] for key in wanted if key in found]

    def select(
        self, *where: ColumnElement[bool], order: Sequence[Any] = (), limit: int | None = None
    ) -> list[N]:
        """Read all that meet every condition; one that cannot be read is left out, and logged by its key."""
        return self._read(select(self.table).where(*where).order_by(*order), limit=limit)

    def count_unreadable(self) -> int:
        """Read every row of the table; give how many cannot be read."""
        names = self.noun.__struct_fields__
        with self._database.reading() as connection:
            rows = connection.execute(select(self.table).execution_options(stream_results=True))
            return sum(self._noun(dict(zip(names, row, strict=True))) is None for row in rows)

    def cursor(self, row: N) -> Cursor:
        """Say where a page that ended with this row ended."""
        return Cursor(getattr(row, self.moment), getattr(row, self._ident.name))

    def newest(self, *where: ColumnElement[bool], after: Cursor | None, limit: int) -> list[N]:
        """Read a page of those that meet every condition, newest first."""
        at, ident = self.table.c[self.moment], self._ident
        behind = is_behind(at, ident, after)
        return self.select(*where, *behind, order=[at.desc(), ident.desc()], limit=limit)

    def list_newest(
        self, workspace: str, *, after: Cursor | None, limit: int, since: datetime | None = None, **same: Any
    ) -> list[N]:
        """Read a page of a workspace's rows, newest first.

        Args:
            workspace: Whose.
            after: Where the page before ended; None for the first.
            limit: Rows of the page.
            since: Only from this moment on; None for all.
            **same: Columns with the value that each must have; None for any.
        """
        c = self.table.c
        where = [c[name] == value for name, value in same.items() if value is not None]
        late = [c[self.moment] >= since] if since else []
        return self.newest(c.workspace == workspace, *where, *late, after=after, limit=limit)

    @property
    def _ident(self) -> Column[Any]:
        return list(self.table.primary_key)[-1]

    def count(self, *where: ColumnElement[bool]) -> int:
        """Count all that meet every condition."""
        statement = select(func.count()).select_from(self.table).where(*where)
        with self._database.reading() as connection:
            return int(connection.execute(statement).scalar_one())

    def any(self, workspace: str) -> bool:
        """Say whether a workspace has any."""
        statement = select(self.table.c.workspace).where(self.table.c.workspace == workspace).limit(1)
        with self._database.reading() as connection:
            return connection.execute(statement).first() is not None

    def total(self, workspace: str) -> int:
        """Count all of a workspace."""
        return self.count(self.table.c.workspace == workspace)

    def count_by(
        self,
        workspace: str,
        *by: str,
        sums: Sequence[str] = (),
        span: tuple[str, str] | None = None,
        where: Sequence[ColumnElement[bool]] = (),
    ) -> list[dict[str, Any]]:
        """Count a workspace's rows by the values of columns, and add up others.

        Args:
            workspace: Whose.
            *by: The columns; none for one row that counts all.
            sums: Columns of numbers to add up, each under its own name.
            span: Two moments; the whole seconds from the first to the second are added up as ``seconds``.
            where: Further conditions.

        Returns:
            One dictionary for each combination of values: these, ``n``, and the sums.
        """
        c = self.table.c
        added = [func.coalesce(func.sum(c[name]), 0).label(name) for name in sums]
        if span:
            begun, ended = (extract("epoch", c[name]) for name in span)
            added.append(func.coalesce(func.sum(ended - begun), 0).label("seconds"))
        statement = select(*(c[name] for name in by), func.count().label("n"), *added)
        statement = statement.where(c.workspace == workspace, *where).group_by(*(c[name] for name in by))
        with self._database.reading() as connection:
            rows = connection.execute(statement).mappings()
            return [{name: _to_number(value) for name, value in row.items()} for row in rows]

    def update_where(self, *where: ColumnElement[bool], **values: Any) -> int:
        """Write values into all that meet every condition; give how many there were."""
        statement = update(self.table).where(*where).values(msgspec.to_builtins(values, builtin_types=_KEEP))
        with self._database.transaction() as connection:
            return connection.execute(statement).rowcount

    def list_rows(self, workspace: str) -> list[N]:
        """Read all of a workspace."""
        return self.select(self.table.c.workspace == workspace)

    def remove_each(self, workspace: str, column: str, values: Iterable[str]) -> int:
        """Delete the rows of a workspace with one of the values in a column; give how many there were."""
        here, one_of = self.table.c.workspace == workspace, self.table.c[column].in_
        return sum(self.remove(here, one_of(part)) for part in split_batches(values))

    def remove(self, *where: ColumnElement[bool]) -> int:
        """Delete all that meet every condition; give how many there were."""
        with self._database.transaction() as connection:
            return connection.execute(delete(self.table).where(*where)).rowcount

    def _read(
        self, statement: Select[Any], *, limit: int | None = None, more: Mapping[str, Any] | None = None
    ) -> list[N]:
        """Read nouns; in the place of those that cannot be read come the ones behind them.

        Args:
            statement: Gives rows, with the fields' names.
            limit: Nouns wanted; None for all.
            more: Fields that the rows lack.
        """
        names = [str(column.name) for column in statement.selected_columns]
        found: list[N] = []
        seen = 0
        with self._database.reading() as connection:
            while True:
                wanted = None if limit is None else limit - len(found)
                before = seen
                for row in connection.execute(statement.limit(wanted).offset(seen or None)):
                    seen += 1
                    noun = self._noun({**dict(zip(names, row, strict=True)), **(more or {})})
                    if noun is not None:
                        found.append(noun)
                if wanted is None or seen - before < wanted or len(found) == limit:
                    return found

    def _noun(self, row: dict[str, Any]) -> N | None:
        try:
            return msgspec.convert(row, self.noun)
        except msgspec.ValidationError as error:
            key = "/".join(str(row.get(column.name)) for column in self.table.primary_key)
            known = self._database.unreadable[self.table.name]
            if key not in known and len(known) < MAX_UNREADABLE_KEPT:
                known.add(key)
                log.error("a row cannot be read", table=self.table.name, key=key, why=str(error))
            return None


@cache  # SQLAlchemy builds every column of a statement again, which takes longer than to write a row
def _build_upsert(table: Table, *, is_sqlite: bool) -> Insert:
    statement = (sqlite if is_sqlite else postgresql).insert(table)
    keys = [column.name for column in table.primary_key]
    rest = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    complete: Insert = statement.on_conflict_do_update(index_elements=keys, set_=rest)
    return complete


_KEEP = (datetime,)


def _to_number(value: Any) -> Any:
    """Give PostgreSQL's sums of whole numbers, which are decimals, as SQLite gives them."""
    return int(value) if isinstance(value, Decimal) else value


def _row(noun: msgspec.Struct) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(noun, builtin_types=_KEEP)
    return row
