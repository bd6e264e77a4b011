"""Which nights run in threads of this process, and how do they sleep, wake and stop?"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any, TypeVar

from upspiral.domain.ids import CycleId

CLOSING_TIMEOUT_S = 10.0
"""How long closing waits for the steps under way; they run again at the next launch."""
STOP_CHECK_S = 1.0
"""Seconds between two looks whether a long piece of work is still wanted."""

T = TypeVar("T")


class Interrupted(BaseException):
    """The night cannot go on now. Not an Exception, so that the durable engine records no result of it."""


class Threads:
    """The nights that run in this process."""

    def __init__(self) -> None:
        self._closing = Event()
        self._bells: dict[CycleId, Event] = {}
        self._looked: set[CycleId] = set()

    @property
    def closing(self) -> bool:
        """Whether the process ends."""
        return self._closing.is_set()

    @contextmanager
    def running(self, cycle: CycleId) -> Iterator[None]:
        """Note that the calling thread runs a night."""
        self._bells[cycle] = Event()
        try:
            yield
        finally:
            self._bells.pop(cycle, None)

    def runs(self, cycle: CycleId) -> bool:
        """Say whether a thread of this process runs a night."""
        return cycle in self._bells

    def wake(self, cycle: CycleId) -> None:
        """Let a night that sleeps between two looks look now."""
        if bell := self._bells.get(cycle):
            bell.set()

    def note_run(self, cycle: CycleId) -> None:
        """Note that a step was really run, not read back from an earlier life of the night."""
        self._looked.add(cycle)

    def pause(self, cycle: CycleId, seconds: float) -> None:
        """Sleep between two looks, until somebody wakes the night; not after one that was only read back.

        Raises:
            Interrupted: The process ends.
        """
        if cycle in self._looked:
            self._looked.discard(cycle)
            bell = self._bells[cycle]
            bell.wait(seconds)
            bell.clear()
        self.check()

    def check(self) -> None:
        """Go on, unless the process ends.

        Raises:
            Interrupted: It does.
        """
        if self.closing:
            raise Interrupted

    def complete(self, work: Coroutine[Any, Any, T], *, wanted: Callable[[], bool]) -> T | None:
        """Run a long piece of work to its end; None where it was stopped because nobody wants it any more.

        Args:
            work: Such as a thousand questions to a teacher.
            wanted: Asked about once a second.

        Raises:
            Interrupted: The process ends.
        """

        async def watch() -> T | None:
            task = asyncio.ensure_future(work)
            while not task.done():
                await asyncio.wait({task}, timeout=STOP_CHECK_S)
                self.check()  # leaving cancels the task
                if not task.done() and not await asyncio.to_thread(wanted):
                    return None
            return task.result()

        return asyncio.run(watch())

    def close(self) -> None:
        """Let every night stop where it is, and wait until they have."""
        self._closing.set()
        deadline = time.monotonic() + CLOSING_TIMEOUT_S
        while self._bells and time.monotonic() < deadline:
            for cycle in list(self._bells):
                self.wake(cycle)
            time.sleep(0.02)
