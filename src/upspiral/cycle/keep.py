"""Which unfinished nights does nobody run, and who goes on with them? Asked every few seconds."""

import time
from datetime import datetime, timedelta
from threading import Event, Thread

from upspiral.cycle.durable.engine import Engine, Night
from upspiral.cycle.kinds import PAGES
from upspiral.cycle.steps import conclude
from upspiral.domain import Cycle, Ending, Executor
from upspiral.domain.ids import CycleId
from upspiral.errors import UpspiralError
from upspiral.logs import get_logger
from upspiral.runtime import Runtime

MAX_INTERRUPTIONS = 5
"""A night that so often could not reach its store, though this process could, fails."""
STARTING = timedelta(seconds=60)
"""So long after it was written down, a night may still be on its way to the engine of another server."""
LOOKS_PER_LEASE = 6

log = get_logger(__name__)


class Liveness:
    """Which servers live? One is gone when what it writes down has not changed for a whole lease.

    Only changes count, and only our own steady clock: neither clocks that differ nor clocks that jump
    make a server look dead.
    """

    def __init__(self, lease_s: float) -> None:
        self._lease_s = lease_s
        self._known: dict[str, tuple[datetime, float]] = {}

    def list_alive(self, seen: dict[str, datetime], *, now_s: float) -> set[str]:
        """Say who lives.

        Args:
            seen: What each wrote down last; who is missing has ended.
            now_s: A steady clock, in seconds.

        >>> liveness, noon = Liveness(lease_s=60), datetime(2026, 1, 5, 12)
        >>> liveness.list_alive({"a": noon}, now_s=0), liveness.list_alive({"a": noon}, now_s=61)
        ({'a'}, set())
        """
        self._known = {
            name: known if (known := self._known.get(name)) and known[0] == moment else (moment, now_s)
            for name, moment in seen.items()
        }
        return {name for name, (_, since) in self._known.items() if now_s - since <= self._lease_s}


class Keeper:
    """Says again and again that this process lives, and takes up the nights that nobody runs."""

    def __init__(self, runtime: Runtime, engine: Engine) -> None:
        self._runtime, self._engine = runtime, engine
        self._lease_s = runtime.settings.cycle.lease_s
        self._liveness = Liveness(self._lease_s)
        self._idle: set[CycleId] = set()
        self._resumed: dict[CycleId, float] = {}
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True, name="nights")

    def start(self) -> None:
        """Launch the engine, begin what was written down and never begun, and go on watching; once.

        Raises:
            Conflict: Another process runs nights on this data folder.
        """
        if self._engine.launched:
            return
        self._engine.launch()
        self.look(starting=timedelta(0))
        self._thread.start()

    def look(self, *, starting: timedelta = STARTING) -> None:
        """Say that this process lives, then take up every night that nobody runs.

        Raises:
            StoreError: The store cannot be written; no night is taken up.
        """
        store, now = self._runtime.store, self._runtime.now()
        store.executors.upsert(Executor(id=self._engine.executor, seen=now))
        alive = self._liveness.list_alive(store.executors.last_seen(), now_s=time.monotonic())
        idle = [c for c in store.cycles.list_unfinished() if not self._engine.threads.runs(c.id)]
        for cycle in idle:
            self._take_up(cycle, alive, is_new=abs(now - cycle.started) < starting)
        self._idle = {cycle.id for cycle in idle}

    def close(self) -> None:
        """Watch no more; others need not wait until the lease is over."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(5)
        if not self._engine.launched:
            return
        try:
            self._runtime.store.executors.drop(self._engine.executor)
        except UpspiralError as error:
            log.warning("the end of this server could not be written down", error=error)

    def _take_up(self, cycle: Cycle, alive: set[str], *, is_new: bool) -> None:
        engine, night = self._engine, Night(cycle.workspace, cycle.id)
        if cycle.executor != engine.executor and cycle.executor in alive:
            return  # our own engine may know nothing of it, or may believe that it is still ours
        status = engine.status(night)
        if status is None:
            mine = cycle.handed_over and self._runtime.store.cycles.take_over(cycle)
            if mine or not is_new:
                engine.start(PAGES[cycle.story], night)
        elif status.state == "PENDING" and status.executor == engine.executor:
            if cycle.id in self._idle:  # at the last look too: the engine does not just begin with it
                self._go_on(night)
        elif status.state == "PENDING" and status.executor not in alive:
            log.warning("a night is taken over", cycle=cycle.id, executor=status.executor)
            engine.take_over(status.executor)
        elif status.state not in ("PENDING", "ENQUEUED"):
            reason = "The night stopped without an ending; the server's log says why."
            conclude(self._runtime, night, ending=Ending.FAILED, reason=reason)

    def _go_on(self, night: Night) -> None:
        """Go on with a night whose thread here was interrupted; once in a lease, and not for ever."""
        now_s = time.monotonic()
        if now_s - self._resumed.get(night.cycle, -self._lease_s) < self._lease_s:
            return  # a busy engine may not have begun with it yet
        self._resumed[night.cycle] = now_s
        if self._engine.interruptions[night.cycle] > MAX_INTERRUPTIONS:
            reason = f"The store failed {MAX_INTERRUPTIONS} times: {self._engine.last_interruption}"
            conclude(self._runtime, night, ending=Ending.FAILED, reason=reason)
        self._engine.resume(night)

    def _watch(self) -> None:
        while not self._over.wait(self._lease_s / LOOKS_PER_LEASE):
            try:
                self.look()
            except Exception as error:  # whatever it is, the nights must be looked after
                log.warning("the nights could not be looked after", error=error)
