"""Which nights begin now, and which go on? Asked by hand, by the clock, and after a restart."""

from datetime import datetime, timedelta
from typing import Any

from upspiral.cycle.engine import Engine, Night
from upspiral.cycle.parts import STORIES
from upspiral.cycle.schedule import is_due, nightfall
from upspiral.domain import Cycle, Story
from upspiral.domain.ids import AgentId, CycleId, WorkspaceId
from upspiral.errors import Conflict
from upspiral.runtime import Runtime


def begin(  # noqa: PLR0917 - the parts, then what to begin
    runtime: Runtime, engine: Engine, workspace: WorkspaceId, story: Story, agent: AgentId, **options: Any
) -> Cycle:
    """Write a night down and start it in the background.

    Args:
        runtime: The parts.
        engine: Runs it.
        workspace: Where the agent is.
        story: Which page to run.
        agent: Whose night it is.
        options: Further fields of the Cycle.

    Raises:
        NotFound: There is no such agent.
        Conflict: Another night of the agent is under way.
    """
    store, now = runtime.store, runtime.now()
    store.agents.get(workspace, agent)
    with store.transaction():
        running = store.cycles.running(workspace, agent)
        if running:
            raise Conflict(
                f"Night {running.id} of {agent!r} is under way ({running.reason or running.story}).",
                hint="Wait for it; `upspiral status` shows where it stands.",
            )
        cycle = Cycle(
            id=CycleId(runtime.mint("cyc")),
            workspace=workspace,
            agent=agent,
            story=story,
            started=now,
            since=_since(runtime, workspace, agent),
            until=now,
            **options,
        )
        store.cycles.add(cycle)
    engine.start(STORIES[story], Night(workspace, cycle.id))
    return cycle


def begin_due(runtime: Runtime, engine: Engine) -> None:
    """Begin tonight's night of every agent whose time has come and that is not busy with one."""
    store, settings = runtime.store, runtime.settings.cycle
    for workspace in store.workspaces.all():
        for agent in store.agents.all(workspace.id):
            nights = store.cycles.of(workspace.id, agent.id, limit=10)
            busy = any(night.ended is None for night in nights)
            if not busy and is_due(runtime.now(), nights, at=settings.at, zone=workspace.time_zone):
                begin(runtime, engine, workspace.id, Story.IMPROVE, agent.id)


def learning_due(runtime: Runtime) -> list[WorkspaceId]:
    """Give the workspaces with recommendations whose learning cycle of tonight has not run yet."""
    store, settings, now = runtime.store, runtime.settings.cycle, runtime.now()
    found = []
    for workspace in store.workspaces.all():
        falls = nightfall(now, at=settings.at, zone=workspace.time_zone)
        runs = store.learning_runs.latest(workspace.id)
        if falls and (not runs or runs[0].at < falls) and store.interactions.recommends(workspace.id):
            found.append(workspace.id)
    return found


def adopt(runtime: Runtime, engine: Engine) -> None:
    """Start the nights that were written down, but killed before the engine knew of them."""
    for cycle in runtime.store.cycles.unfinished():
        night = Night(cycle.workspace, cycle.id)
        if not engine.knows(night):
            engine.start(STORIES[cycle.story], night)


def _since(runtime: Runtime, workspace: WorkspaceId, agent: AgentId) -> datetime:
    nights = runtime.store.cycles.of(workspace, agent)
    ended = [n.until for n in nights if n.story == Story.IMPROVE and n.ending not in (None, "failed")]
    earliest = runtime.now() - timedelta(days=runtime.settings.cycle.window_days)
    return max([earliest, *ended])
