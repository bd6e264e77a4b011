"""How is a night ended from outside, whoever runs it?"""

from upspiral.cycle.durable.engine import Engine, Night
from upspiral.cycle.steps import conclude
from upspiral.deploy.advance import take_back
from upspiral.domain import Cycle, Deployment, Ending
from upspiral.domain.ids import AgentId, CycleId, WorkspaceId
from upspiral.errors import Conflict
from upspiral.runtime import Runtime


def cancel(runtime: Runtime, engine: Engine, workspace: WorkspaceId, cycle: CycleId, *, reason: str) -> Cycle:
    """End a night by hand: its training is stopped, its canary rolled back, the live version untouched.

    Raises:
        NotFound: There is no such night.
        Conflict: It has ended already.
    """
    found = runtime.store.cycles.get(workspace, cycle)
    if found.ended:
        raise Conflict(
            f"Night {cycle} of {found.agent!r} has ended already: {found.ending}.",
            hint="`upspiral rollback` takes a promoted version back.",
        )
    return _end(runtime, engine, found, ending=Ending.CANCELLED, reason=reason)


def roll_back(
    runtime: Runtime, engine: Engine, workspace: WorkspaceId, agent: AgentId, *, reason: str
) -> Deployment:
    """Roll back the running canary, or else the version promoted last; its night is over then.

    Raises:
        Conflict: There is nothing to roll back.
    """
    taken = take_back(runtime.store, workspace, agent, reason=reason, now=runtime.now())
    night = runtime.store.cycles.find(workspace, taken.cycle) if taken.cycle else None
    if night and not night.ended:
        _end(runtime, engine, night, ending=Ending.ROLLED_BACK, reason=reason)
    return taken


def _end(runtime: Runtime, engine: Engine, cycle: Cycle, *, ending: Ending, reason: str) -> Cycle:
    """Write an ending down; whoever runs the night stops at its next step."""
    night = Night(cycle.workspace, cycle.id)
    conclude(runtime, night, ending=ending, reason=reason)
    ended = runtime.store.cycles.get(*night)
    engine.emit(night, cycle.story, "ended", str(ended.ending))
    engine.threads.wake(cycle.id)
    return ended
