"""What is done again and again beside the nights, once for every moment at which it is due?"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from msgspec import structs

from upspiral.domain import Workspace
from upspiral.domain.ids import WorkspaceId
from upspiral.domain.schedule import Rhythm, Schedule
from upspiral.errors import UpspiralError
from upspiral.logs import get_logger
from upspiral.runtime import Runtime

T = TypeVar("T")
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
    done = []
    for name, do in routines.items():
        moment = rhythm(runtime, name).due(runtime.now(), last.get(name), workspace.time_zone)
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


def rhythm(runtime: Runtime, name: str) -> Rhythm:
    """Give the rhythm that is set for a routine."""
    return Rhythm.read(getattr(runtime.settings.schedule, name))


def _write(runtime: Runtime, name: str, do: Callable[[], T]) -> T:
    """Write down what is done; what makes room may use the reserve for it."""
    return runtime.disk.spend(do) if name in MAKE_ROOM else do()


def _run(runtime: Runtime, mine: Schedule, do: Do) -> Schedule:
    try:
        said = do()
    except UpspiralError as error:
        said = f"It failed: {error}"
        log.warning("a routine failed", name=mine.name, workspace=mine.workspace, error=error)
    except Exception as error:
        said = f"It failed: {type(error).__name__}. Look at the server's log."
        log.exception("a routine failed", name=mine.name, workspace=mine.workspace)
    ended = structs.replace(mine, ended=runtime.now(), said=said)
    _write(runtime, mine.name, partial(runtime.store.schedules.upsert, ended))
    return ended
