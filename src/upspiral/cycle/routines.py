"""What is done again and again beside the nights, once for every moment at which it is due?"""

from collections.abc import Callable, Mapping

from msgspec import structs

from upspiral.domain import Workspace
from upspiral.domain.ids import WorkspaceId
from upspiral.domain.schedule import Rhythm, Schedule
from upspiral.errors import UpspiralError
from upspiral.logs import get_logger
from upspiral.runtime import Runtime

Do = Callable[[], str]
log = get_logger(__name__)


def run_due(runtime: Runtime, workspace: Workspace, routines: Mapping[str, Do]) -> list[Schedule]:
    """Do what is due in a workspace, in order; of several servers on one store only one does it.

    Args:
        runtime: The parts.
        workspace: Where.
        routines: What is to be done, by the name of its setting; each gives in words what came of it.

    Returns:
        What was done.
    """
    last = {one.name: one.began for one in runtime.store.schedules.of_workspace(workspace.id)}
    done = []
    for name, do in routines.items():
        moment = rhythm(runtime, name).due(runtime.now(), last.get(name), workspace.time_zone)
        if moment is not None:
            mine = Schedule(workspace=workspace.id, name=name, began=runtime.now())
            if runtime.store.schedules.claim(mine, before=moment):
                done.append(_done(runtime, mine, do))
    return done


def run_now(runtime: Runtime, workspace: WorkspaceId, name: str, do: Do) -> Schedule:
    """Do one of them now, whenever it would be due."""
    mine = Schedule(workspace=workspace, name=name, began=runtime.now())
    runtime.store.schedules.put(mine)
    return _done(runtime, mine, do)


def rhythm(runtime: Runtime, name: str) -> Rhythm:
    """Give the rhythm that is set for a routine."""
    return Rhythm.read(getattr(runtime.settings.schedule, name))


def _done(runtime: Runtime, mine: Schedule, do: Do) -> Schedule:
    try:
        said = do()
    except UpspiralError as error:
        said = f"It failed: {error}"
        log.warning("a routine failed", name=mine.name, workspace=mine.workspace, error=error)
    ended = structs.replace(mine, ended=runtime.now(), said=said)
    runtime.store.schedules.put(ended)
    return ended
