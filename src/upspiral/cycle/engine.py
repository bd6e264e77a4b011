"""How does a night survive a kill? The only module that knows the durable engine.

The rules that keep a night from being stranded: the version is the constant below, raised only when the
order of steps changes; the executor keeps its id in the data folder; steps exchange ids and small JSON
values; one process at a time may launch.
"""

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, ParamSpec, TypeVar, get_type_hints

import msgspec
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from dbos import _serialization as dbos_serialization

from upspiral.domain import CycleEvent, Ending
from upspiral.domain.ids import CycleId, WorkspaceId, derive
from upspiral.errors import Conflict, UpspiralError
from upspiral.logs import describe, get_logger, sanitize
from upspiral.own_files import make_own_file
from upspiral.runtime import Runtime
from upspiral.store.database import durable_engine

APPLICATION_VERSION = "1"
"""Raise it only when the order of steps in a story changes, together with a plan for nights under way."""

MAX_RECOVERIES = 1000
LOCK_TRIES = 5
"""A command that asks whether the lock is held holds it for a moment itself."""

T = TypeVar("T")
P = ParamSpec("P")
log = get_logger(__name__)


class Night(NamedTuple):
    """Which Cycle a step belongs to: the only thing that crosses from line to line."""

    workspace: WorkspaceId
    cycle: CycleId


class Pending(msgspec.Struct, frozen=True, tag=True):
    """The answer of a step that has to be asked again later."""

    note: str = ""


class StepFailed(UpspiralError):
    """A step of the night failed, and so does the night."""


Listener = Callable[[CycleEvent], None]


class Engine:
    """The durable engine of this process: one per data folder, one per process."""

    _current: "Engine | None" = None

    def __init__(self, runtime: Runtime, listeners: tuple[Listener, ...] = ()) -> None:
        self.runtime = runtime
        self._listeners = listeners
        self._lock = _take_lock(runtime.data / "lock")

    def launch(self) -> None:
        """Start the engine; nights that were cut off go on by themselves.

        Raises:
            Conflict: Another process runs nights on this data folder.
        """
        _forbid_pickle()
        Engine._current = self
        config: DBOSConfig = {
            "name": "upspiral",
            "application_version": APPLICATION_VERSION,
            "executor_id": _executor_id(self.runtime.data / "executor"),
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "console_log_level": "ERROR",
            "notification_listener_polling_interval_sec": 0.1,
        }
        url = self.runtime.settings.database_url
        if url and url.startswith("postgresql"):
            config["system_database_url"] = url
        else:
            file = self.runtime.data / "engine.db"
            config["system_database_url"] = f"sqlite:///{file}"
            config["system_database_engine"] = durable_engine(file)
        DBOS(config=config)
        sanitize("dbos")  # its lines quote what a step was given
        DBOS.launch()

    def start(self, story: Callable[[str, str], str], night: Night) -> None:
        """Start a story in the background; started once per Cycle, however often asked."""
        with SetWorkflowID(night.cycle):
            DBOS.start_workflow(story, night.workspace, night.cycle)

    def knows(self, night: Night) -> bool:
        """Say whether a story of this Cycle was ever started."""
        return DBOS.get_workflow_status(night.cycle) is not None

    def emit(self, night: Night, step: str, what: str, detail: str = "") -> None:
        """Tell every listener, and write it down, that something happened in a night."""
        event = CycleEvent(
            id=derive("evt", night.cycle, step, what),
            workspace=night.workspace,
            cycle=night.cycle,
            at=self.runtime.now(),
            step=step,
            what=what,
            detail=detail,
        )
        self.runtime.store.cycle_events.add_missing(event)
        for listener in self._listeners:
            listener(event)

    def close(self) -> None:
        """Stop; what is under way goes on at the next launch."""
        DBOS.destroy()
        Engine._current = None
        os.close(self._lock)


def current() -> Engine:
    """The engine of this process."""
    if Engine._current is None:
        raise Conflict("No night can run: the engine of this process is not launched.")
    return Engine._current


def step(function: Callable[[Runtime, Night], T]) -> Callable[[Night], T]:
    """Make a step durable: once done it is never done again; its failure ends the night."""
    name = function.__name__
    kind = get_type_hints(function)["return"]

    @DBOS.step(name=name)
    def run(workspace: str, cycle: str) -> dict[str, Any]:
        engine, night = current(), Night(WorkspaceId(workspace), CycleId(cycle))
        engine.emit(night, name, "started")
        try:
            result = function(engine.runtime, night)
        except Exception as error:
            known = isinstance(error, UpspiralError)
            reason = str(error) if known else describe(error)
            log.warning("step failed", step=name, cycle=cycle, error=error, exc_info=None if known else error)
            engine.emit(night, name, "failed", reason)
            return {"failed": reason}
        if not isinstance(result, Pending):
            engine.emit(night, name, "finished")
        return {"done": msgspec.to_builtins(result)}

    def call(night: Night) -> T:
        answer = run(*night)
        if "failed" in answer:
            raise StepFailed(answer["failed"])
        return msgspec.convert(answer["done"], kind)  # type: ignore[no-any-return]

    call.__name__ = name
    return call


def until_settled(
    ask: Callable[[Night], T | Pending], night: Night, *, every: Callable[[Runtime], float]
) -> T:
    """Ask a step again and again, sleeping in between, until it is no longer pending."""
    while isinstance(answer := ask(night), Pending):
        DBOS.sleep(every(current().runtime))
    return answer


def durable(
    *, conclude: Callable[[Night, Ending, str], None]
) -> Callable[[Callable[[Night], Ending]], Callable[[str, str], str]]:
    """Make a story durable: it resumes at the line where it was cut off, and its ending is always told.

    Args:
        conclude: Writes the ending down, with the reason where a step failed.
    """

    def decorate(story: Callable[[Night], Ending]) -> Callable[[str, str], str]:
        @DBOS.step(name=f"conclude_{story.__name__}")
        def end(workspace: str, cycle: str, ending: str, reason: str) -> None:
            night = Night(WorkspaceId(workspace), CycleId(cycle))
            conclude(night, Ending(ending), reason)
            current().emit(night, story.__name__, "ended", ending)

        @DBOS.workflow(name=story.__name__, max_recovery_attempts=MAX_RECOVERIES)
        def run(workspace: str, cycle: str) -> str:
            night = Night(WorkspaceId(workspace), CycleId(cycle))
            reason = ""
            try:
                ending = story(night)
            except StepFailed as failure:
                ending, reason = Ending.FAILED, failure.message
            end(workspace, cycle, ending.value, reason)
            return ending.value

        return run

    return decorate


def _executor_id(path: Path) -> str:
    if not path.exists():
        make_own_file(path)
        path.write_text(f"upspiral-{os.urandom(8).hex()}")
    return path.read_text()


def _take_lock(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    for _ in range(LOCK_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        time.sleep(0.05)
    os.close(handle)
    raise Conflict(
        f"Another process owns the data folder {path.parent}.",
        hint="Use its server, or stop it first; `upspiral status` shows it.",
    )


def _forbid_pickle() -> None:
    def refuse(_self: object, _data: object) -> NoReturn:
        msg = "the durable engine was handed pickled data, which could run code; nothing was loaded"
        raise ValueError(msg)

    dbos_serialization.DefaultSerializer.deserialize = refuse  # type: ignore[assignment, method-assign]
