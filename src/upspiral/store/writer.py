"""How do many small writes share one fsync? They wait a moment for each other and are committed together."""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from itertools import groupby
from operator import attrgetter
from threading import Condition, Thread
from typing import Any, TypeVar

from msgspec import Struct

from upspiral.errors import Busy, StoreError, StoreLocked
from upspiral.store.database import Database

Item = TypeVar("Item")
T = TypeVar("T")
FAILED_S = 5.0
"""For so many seconds after a failure of the store nothing is begun that would have to be written."""
GATHER_S = 0.001
"""So long a thread waits for more where several came together before: a commit costs as much as many rows."""
MAX_GATHERS = 4
"""So many times it waits at most, as long as more has come each time."""
Loop = asyncio.AbstractEventLoop


class _Work(Struct):
    do: Callable[[list[Any]], Sequence[Any]]
    """Writes many items; what follows each other and is written by the same is written at once."""
    item: Any
    weight: int
    future: "Future[Any] | asyncio.Future[Any]"
    loop: Loop | None = None
    """Where the future lives; None where any thread may settle it."""
    result: Any = None
    error: Exception | None = None

    def settle(self) -> None:
        if self.future.done():
            return  # whoever waited has gone
        if self.error:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Writer:
    """Threads that write for everybody: one on SQLite, which has one writer, several on PostgreSQL.

    What waits when a thread comes back is done in one transaction. Where a piece fails, nothing of it is kept
    and each piece is done again by itself, so that it takes no other with it, and again where another process
    stood in its way: pieces must bear being done again. A future is done only after the commit.
    """

    def __init__(self, database: Database, *, max_waiting: int = 20_000, max_group: int = 2_000) -> None:
        """Prepare the threads, which start with the first piece of writing.

        Args:
            database: Where to write.
            max_waiting: Rows that may wait; more are refused, so that memory stays bounded.
            max_group: Rows that are committed together at most.
        """
        self._database = database
        self._max_waiting, self._max_group = max_waiting, max_group
        self._waiting: deque[_Work] = deque()
        self._rows = 0
        self._changed = Condition()
        self._closed = False
        self._failed: tuple[float, StoreError] | None = None
        self.observe: Callable[[int, float], None] | None = None
        """Told after each commit how many pieces it held and how many seconds it took."""
        count = 1 if database.is_sqlite else 2
        self._threads = [Thread(target=self._run, name=f"writer-{n}", daemon=True) for n in range(count)]
        self._started = False

    def submit(self, do: Callable[[], T], *, rows: int = 1) -> "Future[T]":
        """Have a piece of writing done; the Future is done once it is on the disk.

        Args:
            do: Writes through the store, and gives what the Future shall hold. It may not wait.
            rows: About how many rows it writes.

        Raises:
            Busy: Too much is waiting already; nothing of this was taken.
        """
        future: Future[T] = Future()
        self._take(_Work(_call_each, do, rows, future))
        return future

    async def write(self, do: Callable[[], T], *, rows: int = 1) -> T:
        """The same from an event loop; returns what `do` gave once it is on the disk."""
        return await self.write_item(_call_each, do, rows=rows)

    async def write_item(self, do: Callable[[list[Item]], Sequence[T]], item: Item, *, rows: int = 1) -> T:
        """Write an item together with the others that wait for the same `do`, in as few statements as it can.

        Args:
            do: Writes many items and gives one result for each; the same function for all of them.
            item: What to write.
            rows: About how many rows it is.

        Raises:
            Busy: Too much is waiting already.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._take(_Work(do, item, rows, future, loop))
        return await future

    def check(self) -> None:
        """Refuse what would have to be written next, while the last piece could not be.

        Raises:
            StoreError: Why the last piece could not be written, for a few seconds after it.
        """
        failed = self._failed
        if failed and time.monotonic() < failed[0] + FAILED_S:
            raise failed[1]

    @property
    def waiting_rows(self) -> int:
        """Rows that wait to be written."""
        return self._rows

    @property
    def stopped_threads(self) -> int:
        """Threads that have stopped although the writer is open: what is taken is never written by them."""
        if not self._started or self._closed:
            return 0
        return sum(not thread.is_alive() for thread in self._threads)

    def close(self) -> None:
        """Write what is waiting, and stop."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            threads = self._threads if self._started else []
        for thread in threads:
            thread.join()

    def _take(self, work: _Work) -> None:
        with self._changed:
            if self._closed or (self._rows and self._rows + work.weight > self._max_waiting):
                raise Busy(f"{self._rows} rows wait to be written.", hint="Send it again in a moment.")
            self._waiting.append(work)
            self._rows += work.weight
            if not self._started:
                self._started = True
                for thread in self._threads:
                    thread.start()
            self._changed.notify()

    def _run(self) -> None:
        size = 0
        while group := self._group(gather=size > 1):
            begun = time.monotonic()
            self._write(group)
            if self.observe:
                self.observe(len(group), time.monotonic() - begun)
            _settle(group)
            size = len(group)

    def _group(self, *, gather: bool = False) -> list[_Work]:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
        if gather:
            self._wait_for_more()
        with self._changed:
            group: list[_Work] = []
            size = 0
            while self._waiting and (not group or size + self._waiting[0].weight <= self._max_group):
                size += self._waiting[0].weight
                group.append(self._waiting.popleft())
            self._rows -= size
            return group

    def _wait_for_more(self) -> None:
        for _ in range(MAX_GATHERS):
            before = self._rows
            time.sleep(GATHER_S)
            if not before < self._rows < self._max_group:
                return

    def _write(self, group: list[_Work]) -> None:
        """Write a group in one transaction; where a piece fails, each in one of its own."""
        if len(group) == 1:
            self._write_alone(group[0])
            return
        try:
            with self._database.transaction():
                for do, works in groupby(group, attrgetter("do")):
                    _write_items(do, list(works))
        except StoreLocked as error:  # it was waited for; each alone would wait again
            for work in group:
                work.error = error
        except Exception:  # nothing was committed
            for work in group:
                self._write_alone(work)

    def _write_alone(self, work: _Work) -> None:
        try:
            self._database.with_retry(lambda: _write_items(work.do, [work]))
            self._failed = None
        except Exception as error:
            work.error = error
            if isinstance(error, StoreError):
                self._failed = (time.monotonic(), error)


def _call_each(pieces: list[Callable[[], T]]) -> list[T]:
    return [piece() for piece in pieces]


def _write_items(do: Callable[[list[Any]], Sequence[Any]], works: Sequence[_Work]) -> None:
    for work, result in zip(works, do([work.item for work in works]), strict=True):
        work.result = result


def _settle(group: Sequence[_Work]) -> None:
    """Tell everybody who waits; each event loop is woken once."""
    by_loop: dict[Loop | None, list[_Work]] = defaultdict(list)
    for work in group:
        by_loop[work.loop].append(work)
    for loop, works in by_loop.items():
        if loop is None:
            _settle_all(works)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_settle_all, works)


def _settle_all(works: Sequence[_Work]) -> None:
    for work in works:
        work.settle()
