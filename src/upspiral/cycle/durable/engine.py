"""How does a night survive a kill? The only module that knows the durable engine.

The rules that keep a night from being stranded: the version is the constant below, raised only when the
order of steps changes; the executor keeps its id in the data folder; steps exchange ids and small JSON
values; each process that launches holds a place of a data folder (`places.py`). A night whose Cycle has ended
stops at its next step, whoever ended it; one that cannot reach its store, or whose engine closes, is
interrupted without a trace and goes on later (`keep.py`).
"""

import os
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, NamedTuple, NoReturn, ParamSpec, Protocol, TypeVar, get_type_hints

import msgspec
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID
from dbos import _serialization as dbos_serialization

from upspiral.cycle.durable.threads import Interrupted, Threads
from upspiral.cycle.notifiers import Notifier
from upspiral.domain import Cycle, CycleEvent, Ending
from upspiral.domain.ids import CycleId, WorkspaceId, derive
from upspiral.errors import Conflict, StoreError, UpspiralError
from upspiral.isolation import run_each
from upspiral.logs import describe, get_logger, sanitize
from upspiral.places import Place, take_place
from upspiral.runtime import Runtime
from upspiral.store.database import durable_engine
from upspiral.store.fencing import Lease, check_token, write_under
from upspiral.tracing import NightTrace, NoSpan

APPLICATION_VERSION = "3"
"""Raise it only when the order of steps in a story changes. It is part of the name of each workflow, so that
nights under way run their story again from the first line: every step finds what it made before."""

MAX_RECOVERIES = 1000
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


class NightOver(UpspiralError):
    """The night's Cycle has ended already: by a person, or by another server."""


class WorkflowStatus(NamedTuple):
    """What the durable engine knows of a night."""

    state: str
    """PENDING, ENQUEUED, SUCCESS, ERROR or CANCELLED."""
    executor: str


class Engine:
    """The durable engine of this process: one per data folder, one per process."""

    _current: "Engine | None" = None

    def __init__(
        self, runtime: Runtime, notifiers: tuple[Notifier, ...] = (), *, shared: bool = False
    ) -> None:
        self.runtime = runtime
        self._notifiers, self._shared = notifiers, shared
        self._place: Place | None = None
        self.threads = Threads()
        self.interruptions: Counter[CycleId] = Counter()
        """How often each night could not reach its store, since the launch."""
        self.last_interruption = ""
        self.launched = False

    def take_place(self) -> Place:
        """Take a place in the data folder, once; nights run only where one is held.

        Raises:
            Conflict: Another process holds it.
        """
        if self._place is None:
            self._place = take_place(self.runtime.data, shared=self._shared)
        return self._place

    @property
    def executor(self) -> str:
        """The name under which this process runs nights."""
        return self.take_place().executor

    def launch(self) -> None:
        """Start the engine; nights that were cut off go on by themselves.

        Raises:
            Conflict: Another process runs nights on this data folder.
        """
        _forbid_pickle()
        executor = self.executor
        Engine._current = self
        config: DBOSConfig = {
            "name": "upspiral",
            "application_version": APPLICATION_VERSION,
            "executor_id": executor,
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
        self.launched = True

    def start(self, story: Callable[[str, str], str], night: Night) -> None:
        """Start a story in the background; started once per Cycle, however often asked."""
        with SetWorkflowID(_workflow_id(night)):
            DBOS.start_workflow(story, night.workspace, night.cycle)

    def status(self, night: Night) -> WorkflowStatus | None:
        """Say where the story of this Cycle stands; None where it was never started."""
        found = DBOS.get_workflow_status(_workflow_id(night))
        return WorkflowStatus(found.status, found.executor_id or "") if found else None

    def resume(self, night: Night) -> None:
        """Go on with a story that this process has let go of, from the step at which it was cut off."""
        DBOS.resume_workflow(_workflow_id(night))

    def take_over(self, executor: str) -> None:
        """Go on with the stories of a server that is gone; of several servers each story gets one."""
        DBOS._recover_pending_workflows([executor])

    def attempt(self, name: str, function: Callable[..., T], night: Night, *about: str) -> dict[str, Any]:
        """Run a step and give what is recorded of it: what it gave, or why it failed.

        Raises:
            Interrupted: The engine closes, or the store cannot be reached; nothing is recorded.
        """
        self.threads.check()
        self.threads.note_run(night.cycle)
        with NightTrace(night.cycle).begin_step(" ".join((name, *about))) as told:
            try:
                over = self._is_over(night)
                done = {"over": True} if over else self._attempt(name, function, night, *about)
            except StoreError as error:
                self.interruptions[night.cycle] += 1
                self.last_interruption = str(error)
                log.warning("night interrupted", step=name, cycle=night.cycle, error=error)
                raise Interrupted from error
            _tell_step(told, done)
            return done

    def _attempt(self, step: str, function: Callable[..., T], night: Night, *about: str) -> dict[str, Any]:
        name = " ".join((step, *about))
        self.emit(night, name, "started")
        try:
            result = function(self.runtime, night, *about)
        except StoreError:
            raise
        except NightOver:
            return {"over": True}
        except Exception as error:
            self.threads.check()  # else its model or its trainer was stopped under its feet
            known = isinstance(error, UpspiralError)
            reason = str(error) if known else describe(error)
            trace = None if known else error
            log.warning("step failed", step=name, cycle=night.cycle, error=error, exc_info=trace)
            self.emit(night, name, "failed", reason)
            return {"failed": reason}
        if not isinstance(result, Pending):
            self.emit(night, name, "finished")
        return {"done": msgspec.to_builtins(result)}

    def complete(self, night: Night, work: Coroutine[Any, Any, T]) -> T:
        """Run a long piece of work of a night to its end.

        Raises:
            NightOver: Somebody ended the night meanwhile.
            Interrupted: The engine closes.
        """
        done = self.threads.complete(work, wanted=lambda: not self._is_over(night))
        if done is None:
            raise NightOver
        return done

    def _is_over(self, night: Night) -> bool:
        cycle = self.runtime.store.cycles.get(night.workspace, night.cycle)
        check_token(cycle.fencing_token)
        return cycle.ended is not None

    def take_up(self, night: Night) -> Lease:
        """Take a night up, from whoever may still believe to run it.

        Raises:
            Interrupted: The store cannot be written.
        """
        try:
            return self.runtime.store.cycles.claim(*night, executor=self.executor)
        except StoreError as error:
            raise Interrupted from error

    def emit(self, night: Night, step: str, what: str, detail: str = "") -> None:
        """Tell every notifier, and write it down, that something happened in a night."""
        event = CycleEvent(
            id=derive("evt", night.cycle, step, what),
            workspace=night.workspace,
            cycle=night.cycle,
            at=self.runtime.now(),
            step=step,
            what=what,
            detail=detail,
        )
        self.runtime.store.cycle_events.insert_ignore(event)
        run_each("notifier", self._notifiers, lambda tell: tell(event))

    def close(self) -> None:
        """Stop; what is under way goes on at the next launch."""
        self.threads.close()
        if self.launched:
            DBOS.destroy()
        Engine._current = None
        if self._place is not None:
            os.close(self._place.lock)


def current() -> Engine:
    """The engine of this process."""
    if Engine._current is None:
        raise Conflict("No night can run: the engine of this process is not launched.")
    return Engine._current


def step(function: Callable[Concatenate[Runtime, Night, P], T]) -> Callable[Concatenate[Night, P], T]:
    """Make a step durable: once done it is never done again; its failure ends the night.

    Besides the night it takes only names, such as that of a lever.
    """
    name = function.__name__
    kind = get_type_hints(function)["return"]

    @DBOS.step(name=name)
    def run(workspace: str, cycle: str, *about: str) -> dict[str, Any]:
        night = Night(WorkspaceId(workspace), CycleId(cycle))
        return _get_launched().attempt(name, function, night, *about)

    def call(night: Night, /, *about: P.args, **_: P.kwargs) -> T:
        answer = run(*night, *map(str, about))
        if "over" in answer:
            raise NightOver
        if "failed" in answer:
            raise StepFailed(answer["failed"])
        return msgspec.convert(answer["done"], kind)  # type: ignore[no-any-return]

    call.__name__ = name
    return call


def wait_until_settled(
    ask: Callable[..., T | Pending], night: Night, *about: str, every: Callable[[Runtime], float]
) -> T:
    """Ask a step again and again, sleeping in between, until it is no longer pending."""
    while isinstance(answer := ask(night, *about), Pending):
        engine = _get_launched()
        engine.threads.pause(night.cycle, every(engine.runtime))
    return answer


class Conclude(Protocol):
    """Writes the ending of a night down, unless it has one, and leaves nothing of it running here."""

    def __call__(self, runtime: Runtime, night: Night, *, ending: Ending, reason: str) -> None:
        """Do it; done once, however often asked."""


def durable(*, conclude: Conclude) -> Callable[[Callable[[Night], Ending]], Callable[[str, str], str]]:
    """Make a story durable: it resumes at the line where it was cut off, and its ending is always recorded.

    Args:
        conclude: Writes the ending down, with the reason where a step failed.
    """

    def decorate(story: Callable[[Night], Ending]) -> Callable[[str, str], str]:
        @DBOS.step(name=f"conclude_{story.__name__}")
        def end(workspace: str, cycle: str, ending: str, reason: str) -> None:
            engine, night = _get_launched(), Night(WorkspaceId(workspace), CycleId(cycle))
            try:
                conclude(engine.runtime, night, ending=Ending(ending), reason=reason)
                ended = engine.runtime.store.cycles.get(*night)  # perhaps otherwise, by somebody else
                engine.emit(night, story.__name__, "ended", str(ended.ending))
                _tell_night(ended)
            except StoreError as error:
                raise Interrupted from error

        @DBOS.workflow(name=story.__name__, max_recovery_attempts=MAX_RECOVERIES)
        def run(workspace: str, cycle: str) -> str:
            night = Night(WorkspaceId(workspace), CycleId(cycle))
            engine = _get_launched()
            with engine.threads.running(night.cycle), write_under(engine.take_up(night)):
                ending, reason = _ending(story, night)
                end(workspace, cycle, ending.value, reason)
                return ending.value

        return run

    return decorate


def _tell_step(told: NoSpan, done: dict[str, Any]) -> None:
    """Tell a trace how a step ended; one that has to be asked again later is not told."""
    if "failed" in done:
        told.mark_failed("StepFailed")  # its reason may quote what users wrote
    pending = done.get("done")
    if isinstance(pending, dict) and pending.get("type") == Pending.__name__:
        told.drop()


def _tell_night(ended: Cycle) -> None:
    attributes = {
        "upspiral.workspace": ended.workspace,
        "upspiral.agent": ended.agent,
        "upspiral.ending": str(ended.ending),
    }
    NightTrace(ended.id).tell_whole(f"night {ended.story}", attributes, begun=ended.started)


def _ending(story: Callable[[Night], Ending], night: Night) -> tuple[Ending, str]:
    """Run a story; give its ending, and the reason where a step failed."""
    try:
        return story(night), ""
    except StepFailed as failure:
        return Ending.FAILED, failure.message
    except NightOver:
        return Ending.CANCELLED, ""  # its Cycle says how it ended; only this process has to be cleaned up


def _get_launched() -> Engine:
    """Give the engine of this process to one of its own threads, which may have outlived it.

    Raises:
        Interrupted: It is closed.
    """
    if Engine._current is None:
        raise Interrupted
    return Engine._current


def _workflow_id(night: Night) -> str:
    return f"{night.cycle}.{APPLICATION_VERSION}"


def _forbid_pickle() -> None:
    def refuse(_self: object, _data: object) -> NoReturn:
        msg = "the durable engine was handed pickled data, which could run code; nothing was loaded"
        raise ValueError(msg)

    dbos_serialization.DefaultSerializer.deserialize = refuse  # type: ignore[assignment, method-assign]
