"""How does everything get sent in the background, over failures, forks and the end of the program?"""

import atexit
import contextlib
import os
import time
import weakref
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from random import SystemRandom
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from msgspec import Struct

from upspiral.client.delivery import Transport, log
from upspiral.client.notices import Notices
from upspiral.client.outbox import Outbox
from upspiral.client.spool import Spool, open_spool
from upspiral.client.wire import Item

if TYPE_CHECKING:
    import httpx2

PATIENCE = 3
"""Failures in a row after which parcels go to the spool, where there is one."""
TICK_S = 0.25
_rng = SystemRandom()


class Sending(Struct, frozen=True, kw_only=True):
    """How things are sent."""

    queue_size: int = 10_000
    """Items that may wait in memory."""
    batch: int = 100
    """Items of one request, 1 to 1,000."""
    every_s: float = 0.5
    """How long an Item waits for others, in seconds."""
    timeout_s: float = 10.0
    """For one request, and for the flush at exit, in seconds."""
    spool: Path | None = None
    """JSONL file for what could not be sent."""
    address: str = "the server"
    """How messages name the server."""


class Sender:
    """A thread that empties an Outbox. It starts with the first Item and again after a fork."""

    def __init__(
        self,
        settings: Sending,
        open_client: "Callable[[], httpx2.Client]",
        *,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        """Make a sender.

        Args:
            settings: How things are sent.
            open_client: Makes the HTTP client; called now, and again in a forked child.
            pause: Waits between attempts; tests pass their own.
        """
        self._settings, self._open_client, self._given_pause = settings, open_client, pause
        self._spool: Spool | None = open_spool(settings.spool) if settings.spool else None
        self._notices = Notices(settings.address, settings.spool if self._spool else None)
        # Now, for a fork while the thread still imports would leave the child half a module.
        self._client: httpx2.Client | None = open_client()
        self._reset()
        _alive.add(self)
        if self.spooled:
            self._start()

    def _reset(self) -> None:
        self.outbox = Outbox(self._settings.queue_size, self._settings.batch)
        self._thread: Thread | None = None
        self._courier: Transport | None = None
        self._starting, self._stop = Lock(), Event()
        self._seen_dropped = 0

    def after_fork(self) -> None:
        """Start over in a child process; what waited is the parent's to send."""
        if self._spool:
            self._spool.forget()
        self._client = None
        self._reset()

    @property
    def spooled(self) -> int:
        """How many Items wait in the spool file."""
        return self._spool.waiting if self._spool else 0

    def put(self, item: Item) -> None:
        """Accept an Item; never waits, never fails."""
        if self.outbox.put(item) and self._thread is None:
            with contextlib.suppress(RuntimeError):  # the interpreter is going down; close() counts it
                self._start()

    def flush(self, timeout_s: float) -> bool:
        """Send everything now.

        Returns:
            True when everything since the last flush has been acknowledged; False when the time was over, or
            something was dropped or is in the spool.
        """
        empty = self.hurry(timeout_s)
        lost, self._seen_dropped = self.outbox.dropped - self._seen_dropped, self.outbox.dropped
        return empty and not lost and not self.spooled

    def hurry(self, timeout_s: float) -> bool:
        """Send now what waits, and say whether all of it is gone from memory; `flush` tells of losses."""
        outbox = self.outbox
        until = time.monotonic() + timeout_s
        outbox.hurry(True)
        if self._courier is not None:
            self._courier.quiet_until = 0.0
        if self.spooled:
            self._start()
        try:
            empty = outbox.wait_empty(timeout_s)
            while self.spooled and time.monotonic() < until:
                self._stop.wait(TICK_S)
        finally:
            outbox.hurry(False)
        return empty

    def close(self, timeout_s: float | None = None) -> None:
        """Send what waits, at most ``timeout_s`` long, keep the rest in the spool, and stop."""
        until = time.monotonic() + (self._settings.timeout_s if timeout_s is None else timeout_s)
        self.outbox.close()
        thread = self._thread
        if thread is not None and thread.is_alive():
            self.outbox.wait_empty(max(until - time.monotonic(), 0))
        self._stop.set()
        if thread is not None:
            thread.join(min(max(until - time.monotonic(), 0), 1.0))
        self._keep(self.outbox.abandon())
        _alive.discard(self)
        self._notices.tell_end(kept=self.spooled, lost=self.outbox.dropped)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None and not self._stop.is_set():
                thread = Thread(target=self._run, name="upspiral-sender", daemon=True)
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        try:
            self._work()
        except Exception:
            log.exception("the sender stopped; what waits is kept or counted as dropped when it is closed")

    def _work(self) -> None:
        outbox = self.outbox
        client = self._client or self._open_client()
        rest = self._given_pause or self._rest
        courier = self._courier = Transport(
            client, rest=rest, patient=self._is_patient, notice=self._notices.hear, rng=_rng
        )
        try:
            while True:
                if self.spooled and not outbox.closed and time.monotonic() >= courier.quiet_until:
                    self._send_spool(courier)
                items = outbox.take(self._settings.every_s, TICK_S if self.spooled else None)
                if not items and outbox.closed:
                    return
                self._send(courier, items)
        finally:
            courier.close()

    def _rest(self, seconds: float) -> None:
        if self.outbox.wait_hurry(seconds):
            self._stop.wait(min(seconds, TICK_S))

    def _is_patient(self, failures: int) -> bool:
        if self._stop.is_set():
            return False
        return self._spool is None or (failures < PATIENCE and not self.outbox.closed)

    def _send(self, courier: Transport, items: Sequence[Item]) -> None:
        for parcel, reply in courier.deliver(items):
            if reply.passing:
                self._set_aside(self.outbox.select_pending(parcel.items))
            else:
                if (
                    not reply.arrived
                ):  # told first: whoever waits for the queue to be empty finds it in the log
                    self._notices.tell_refusal(parcel, reply)
                self.outbox.acknowledge(parcel.items, dropped=not reply.arrived)

    def _send_spool(self, courier: Transport) -> None:
        if self._spool is None or not self._spool.claim():
            return
        done: int | None = 0
        try:
            lines = self._spool.items()
            while chunk := tuple(islice(lines, self._settings.batch)):
                if self.outbox.closed or not self._resend(courier, [item for _, item in chunk]):
                    return
                done = chunk[-1][0]
            done = None
        finally:
            self._spool.release(done=done)

    def _resend(self, courier: Transport, items: Sequence[Item]) -> bool:
        for parcel, reply in courier.deliver(items):
            if reply.passing:
                return False
            if not reply.arrived:
                self.outbox.drop(len(parcel.items))
                self._notices.tell_refusal(parcel, reply)
        return True

    def _set_aside(self, items: Sequence[Item]) -> None:
        """Move Items to the spool; where it cannot be written they go back into memory."""
        if self._keep(items) or self._stop.is_set():
            self.outbox.acknowledge(items)
        else:
            self.outbox.put_back(items)

    def _keep(self, items: Sequence[Item]) -> bool:
        """Write Items to the spool and count what has no room; False where it cannot be written."""
        if self._spool is None or not items:
            self.outbox.drop(len(items))
            return True
        try:
            kept = self._spool.add(items)
        except OSError as error:
            log.warning("the spool %s cannot be written: %s", self._settings.spool, error)
            if self._stop.is_set():
                self.outbox.drop(len(items))
            return False
        self.outbox.drop(len(items) - kept)
        return True


_alive: "weakref.WeakSet[Sender]" = weakref.WeakSet()


def _close_all() -> None:
    for sender in list(_alive):
        sender.close()


def _reset_after_fork() -> None:
    for sender in list(_alive):
        sender.after_fork()


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset_after_fork)
