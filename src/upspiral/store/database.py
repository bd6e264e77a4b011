"""How are SQLite and PostgreSQL opened, and what is one transaction? Their differences live here."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Engine, create_engine, event, make_url

from upspiral.errors import Busy, ConfigError, StoreError, UpspiralError
from upspiral.own_files import make_own_file
from upspiral.store.bulk_insert import to_json
from upspiral.store.damage import find_damage, has_ended_uncleanly, path_of, recover
from upspiral.store.failures import STORE_ERRORS, explain, is_damage
from upspiral.store.fencing import check_lease

T = TypeVar("T")

PRAGMAS = (
    "PRAGMA page_size=8192",  # an Interaction of 3 kB stays on one page
    "PRAGMA journal_mode=WAL",  # readers never wait for the writer
    "PRAGMA synchronous=FULL",  # NORMAL loses acknowledged rows at a power cut
    "PRAGMA busy_timeout=30000",  # ms; a backup or another tool may hold the file for a while
    "PRAGMA wal_autocheckpoint=5000",  # pages; checkpoints cost more than a log of 40 MB
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what is erased leaves the file
    "PRAGMA cache_size=-4096",  # kB, of each connection; the system's cache of the file is shared by all
    "PRAGMA temp_store=MEMORY",
)

TRIES = 8
"""How often a piece of writing is done again where another stood in its way."""

_tenant: ContextVar[str | None] = ContextVar("tenant", default=None)


@contextmanager
def as_tenant(workspace: str | None) -> Iterator[None]:
    """Let the database itself hide every other workspace's rows from what is asked inside.

    A second net on PostgreSQL, by row-level security; every statement names its workspace anyway.

    Args:
        workspace: Whose rows may be seen; None for all.
    """
    token = _tenant.set(workspace)
    try:
        yield
    finally:
        _tenant.reset(token)


class _Open(NamedTuple):
    """A transaction, and what is left for its end: by name, what does it and with what."""

    connection: Connection
    endings: dict[str, tuple[Callable[[Connection, list[Any]], None], list[Any]]]
    afterwards: list[Callable[[], None]]
    """Done once it is committed."""


class Database:
    """Connections to one database: one that writes, several that read."""

    def __init__(self, url: str) -> None:
        self.url = _full_url(url)
        self.is_sqlite = self.url.startswith("sqlite")
        if self.is_sqlite:
            _close_file(make_url(self.url).database)
        self.damage: list[str] = []
        """What was found damaged, in words."""
        self._recover()
        self._writer = self._open(pool_size=1 if self.is_sqlite else 10, begin="BEGIN IMMEDIATE")
        self._reader = self._open(pool_size=8, begin="BEGIN") if self.is_sqlite else self._writer
        self.unreadable: dict[str, set[str]] = defaultdict(set)
        """Keys of rows that were left out because they cannot be read, by table."""
        self._turn = Lock()
        self._held: Connection | None = None
        self._current: ContextVar[_Open | None] = ContextVar("open", default=None)

    def _open(self, *, pool_size: int, begin: str) -> Engine:
        codec: dict[str, Any] = {"json_serializer": to_json, "json_deserializer": _loads}
        engine = create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0 if pool_size == 1 else 10,
            hide_parameters=True,  # they are what users wrote
            **codec,
        )
        if self.is_sqlite:
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
        return engine

    def _explain(self, error: Exception) -> UpspiralError:
        if is_damage(str(error)):
            self._note_damage("a page of the file cannot be read")
        return explain(error, self.url)

    def _note_damage(self, *found: str) -> None:
        self.damage = list(dict.fromkeys([*self.damage, *found]))

    def _recover(self) -> None:
        path = path_of(self.url)
        self.ended_uncleanly = path is not None and has_ended_uncleanly(path)
        """Was the file left open by a process that was killed, or is still there?"""
        if path is not None and self.ended_uncleanly and recover(path):
            self._note_damage("the write-ahead log was damaged; some acknowledged records are lost")

    def find_damage(self) -> list[str]:
        """Read every page of the file; say what is damaged, and remember it. Empty for PostgreSQL."""
        path = path_of(self.url)
        found = find_damage(path) if path is not None and path.exists() else []
        self._note_damage(*found)
        return found

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction, or join the one that is open in this context.

        Raises:
            Busy: It and another waited for each other; nothing was written, and it may be done again.
            Conflict: A row of that name is there already.
            InvalidInput: It cannot hold one of the values.
            LeaseLost: It belongs to a night that another process has taken over.
            StoreError: The database cannot be written, such as when its disk is full.
        """
        current = self._current.get()
        if current is not None:
            yield current.connection
            return
        try:
            with self._begin_writing() as connection:
                check_lease(connection)
                opened = _Open(connection, {}, [])
                token = self._current.set(opened)
                try:
                    yield connection
                    for _, (do, given) in sorted(opened.endings.items()):
                        do(connection, given)
                finally:
                    self._current.reset(token)
            for then in opened.afterwards:
                then()
        except STORE_ERRORS as error:
            raise self._explain(error) from error

    def on_commit(self, name: str, do: Callable[[Connection, list[Any]], None], given: Iterable[Any]) -> None:
        """Leave something for the end of the open transaction, together with what else has that name.

        For rows that everybody writes: everybody holds them for a moment only, and in the same order.

        Args:
            name: Of the work; works are done in the order of their names.
            do: Does all of it.
            given: What to do it with.
        """
        current = self._current.get()
        if current is None:
            with self.transaction() as connection:
                do(connection, list(given))
            return
        current.endings.setdefault(name, (do, []))[1].extend(given)

    def run_after_commit(self, do: Callable[[], None]) -> None:
        """Do something once the open transaction is committed; at once where none is open."""
        current = self._current.get()
        if current is None:
            do()
        else:
            current.afterwards.append(do)

    def with_retry(self, do: Callable[[], T]) -> T:
        """Do something in a transaction of its own, again where another stood in its way.

        Args:
            do: Writes through the store; must bear being done again after nothing of it was kept.

        Raises:
            Busy: Others stood in its way again and again.
        """
        for _ in range(TRIES - 1):
            try:
                with self.transaction():
                    return do()
            except Busy:
                continue
        with self.transaction():
            return do()

    @contextmanager
    def _begin_writing(self) -> Iterator[Connection]:
        """Begin on the one writing connection of SQLite, kept open, or on one of PostgreSQL's pool."""
        if not self.is_sqlite:
            with self._writer.begin() as connection:
                _restrict(connection)
                yield connection
            return
        with self._turn:
            if self._held is None:
                self._held = self._writer.connect()
            with self._held.begin():
                yield self._held

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection to read from; inside a transaction, its own."""
        current = self._current.get()
        if current is not None:
            yield current.connection
            return
        try:
            with self._reader.connect() as connection:
                if not self.is_sqlite:
                    _restrict(connection)
                yield connection
        except STORE_ERRORS as error:
            raise self._explain(error) from error

    def compact(self) -> None:
        """Empty SQLite's write-ahead log; pages in the file itself are overwritten as rows are deleted.

        Raises:
            StoreError: The file cannot be written, such as when its disk is full.
        """
        if not self.is_sqlite:
            return
        try:
            with self._reader.connect() as connection:
                connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
        except sqlite3.Error as error:
            raise StoreError(f"The write-ahead log cannot be emptied: {error}.") from error

    def close(self) -> None:
        """Close every connection."""
        with self._turn:
            if self._held is not None:
                self._held.close()
                self._held = None
        self._writer.dispose()
        self._reader.dispose()


def _restrict(connection: Connection) -> None:
    workspace = _tenant.get()
    if workspace is not None:
        connection.exec_driver_sql("SELECT set_config('upspiral.workspace', %s, true)", (workspace,))


def _loads(text: str | bytes) -> Any:
    """Read JSON; what is none makes its row unreadable, and no other."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return msgspec.UNSET


def _full_url(url: str) -> str:
    if "://" not in url:
        path = Path(url).resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        return f"sqlite:///{path}"
    backend = make_url(url).get_backend_name()
    if backend not in ("sqlite", "postgresql"):
        raise ConfigError(
            f"The database URL {make_url(url).render_as_string()} is of kind {backend!r}.",
            hint="Use a file, sqlite:///FILE or postgresql://...",
        )
    return url


def _close_file(path: str | None) -> None:
    """Make the database's file readable for its owner only; SQLite gives its log the same mode."""
    if path and path != ":memory:":
        with suppress(OSError):  # the first connection says what is wrong with it
            make_own_file(Path(path))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN, see above
    _set_pragmas(connection, _record)


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def durable_engine(file: Path) -> Engine:
    """Open the file in which the durable engine keeps its steps, as safely as our own.

    Args:
        file: The engine's own SQLite file.
    """
    make_own_file(file)
    engine = create_engine(
        f"sqlite:///{file}",
        pool_size=10,
        connect_args={"isolation_level": "IMMEDIATE"},
        hide_parameters=True,
    )
    event.listen(engine, "connect", _set_pragmas)
    return engine
