"""What is done again and again beside the nights, by the clock or every few seconds?"""

from collections.abc import Callable, Mapping
from functools import partial
from threading import Event, Thread
from typing import Self, TypeVar

from msgspec import structs

from upspiral.domain import Workspace
from upspiral.domain.ids import WorkspaceId
from upspiral.domain.night.notification import Notification, NotificationType, make_notification
from upspiral.domain.schedule import RhythmInForce, Schedule
from upspiral.errors import UpspiralError
from upspiral.isolation import run_each
from upspiral.logs import get_logger
from upspiral.runtime import Runtime

T = TypeVar("T")
NIGHT = "night"
"""The schedule by which the nights of all agents of a workspace begin."""
LOOK_EVERY_S = 30.0
MAX_FAILURES = 3
"""So many failures one after the other are reported as a problem."""
MAKE_ROOM = frozenset(("purge",))
"""Routines after which there is more room on the disk than before."""
Do = Callable[[], str]
"""Does one routine; gives in words what came of it."""
log = get_logger(__name__)


def run_due_jobs(runtime: Runtime, workspace: Workspace, routines: Mapping[str, Do]) -> list[Schedule]:
    """Do what is due in a workspace, in order; of several servers on one store only one does it.

    Args:
        runtime: The parts.
        workspace: Where.
        routines: What is to be done, by the name of its setting; each gives in words what came of it.

    Returns:
        What was done.
    """
    last = {one.name: one.began for one in runtime.store.schedules.list_rows(workspace.id)}
    rhythms = list_rhythms(runtime, workspace.id)
    done = []
    for name, do in routines.items():
        moment = rhythms[name].due(runtime.now(), last.get(name), workspace.time_zone, since=workspace.at)
        if moment is not None:
            mine = Schedule(workspace=workspace.id, name=name, began=runtime.now())
            claim = partial(runtime.store.schedules.claim, mine, before=moment)
            if _write(runtime, name, claim):
                done.append(_run(runtime, mine, do))
    return done


def run_now(runtime: Runtime, workspace: WorkspaceId, name: str, do: Do) -> Schedule:
    """Do one of them now, whenever it would be due."""
    mine = Schedule(workspace=workspace, name=name, began=runtime.now())
    _write(runtime, name, partial(runtime.store.schedules.upsert, mine))
    return _run(runtime, mine, do)


def list_rhythms(runtime: Runtime, workspace: WorkspaceId) -> dict[str, RhythmInForce]:
    """Give how often each routine, and the night, is due in a workspace: as set there, or by the settings."""
    usual = {NIGHT: f"daily {runtime.settings.cycle.at}", **runtime.settings.schedule.model_dump()}
    own = {one.name: one for one in runtime.store.own_rhythms.list_rows(workspace)}
    return {
        name: RhythmInForce(own[name].rhythm, own[name].at) if name in own else RhythmInForce(rhythm)
        for name, rhythm in usual.items()
    }


def _write(runtime: Runtime, name: str, do: Callable[[], T]) -> T:
    """Write down what is done; what makes room may use the reserve for it."""
    return runtime.disk.spend(do) if name in MAKE_ROOM else do()


def _run(runtime: Runtime, mine: Schedule, do: Do) -> Schedule:
    failed = True
    try:
        said = do()
    except UpspiralError as error:
        said = f"It failed: {error}"
        log.warning("a routine failed", name=mine.name, workspace=mine.workspace, error=error)
    except Exception as error:
        said = f"It failed: {type(error).__name__}. Look at the server's log."
        log.exception("a routine failed", name=mine.name, workspace=mine.workspace)
    else:
        failed = False
    ended = structs.replace(mine, ended=runtime.now(), said=said)
    _write(runtime, mine.name, partial(_keep, runtime, ended, failed=failed))
    return ended


def _keep(runtime: Runtime, ended: Schedule, *, failed: bool) -> None:
    """Write down what came of a routine, and that people are told of it where it failed."""
    with runtime.store.transaction():
        runtime.store.schedules.upsert(ended)
        if failed:
            runtime.store.notifications.insert_ignore(_tell_failure(ended))


def _tell_failure(ended: Schedule) -> Notification:
    return make_notification(
        NotificationType.ERROR,
        *(ended.name, ended.began.isoformat()),
        workspace=ended.workspace,
        at=ended.ended or ended.began,
        schedule=ended.name,
        what=f"The schedule {ended.name}",
    )


class Recurring:
    """Does something every so often while a server runs, such as beginning the nights that are due."""

    def __init__(self, name: str, do: Callable[[], object], *, every_s: float) -> None:
        self.name, self._do, self._every_s = name, do, every_s
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True, name=name)
        self._failures = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin; the first time comes after one interval."""
        self._thread.start()

    def stop(self) -> None:
        """Do it no more."""
        self._over.set()
        self._thread.join(5)

    def problem(self) -> str | None:
        """Say in words what is wrong with it; None where it works."""
        if not self._over.is_set() and not self._thread.is_alive():
            return f"The background work {self.name!r} has stopped; restart the server."
        if self._failures >= MAX_FAILURES:
            return f"The background work {self.name!r} failed {self._failures} times in a row; see the log."
        return None

    def _watch(self) -> None:
        while not self._over.wait(self._every_s):
            failed = run_each("recurring work", [self.name], lambda _: self._do())
            self._failures = self._failures + 1 if failed else 0
