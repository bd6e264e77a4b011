"""Which nights begin now, by hand and by the clock?"""

from typing import Any

from upspiral.cycle.engine import Engine, Night
from upspiral.cycle.jobs import NIGHT, list_rhythms
from upspiral.cycle.kinds import PAGES
from upspiral.cycle.planning.evidence import bounds
from upspiral.domain import Agent, Cycle, CycleKind, Workspace
from upspiral.domain.ids import AgentId, CycleId, WorkspaceId
from upspiral.domain.schedule import Schedule
from upspiral.errors import Conflict
from upspiral.isolation import run_each
from upspiral.runtime import Runtime


def begin(  # noqa: PLR0917 - the parts, then what to begin
    runtime: Runtime,
    engine: Engine | None,
    workspace: WorkspaceId,
    story: CycleKind,
    agent: AgentId,
    **options: Any,
) -> Cycle:
    """Write a night down and start it in the background.

    Args:
        runtime: The parts.
        engine: Runs it; None to hand it over to a worker.
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
                hint=f"A running server goes on with it; `upspiral cancel {agent}` ends it.",
            )
        cycle = Cycle(
            id=CycleId(runtime.mint("cyc")),
            workspace=workspace,
            agent=agent,
            story=story,
            started=now,
            handed_over=engine is None,
            **bounds(runtime, workspace, agent),
            **options,
        )
        store.cycles.add(cycle)
    if engine:
        engine.start(PAGES[story], Night(workspace, cycle.id))
    return cycle


def start_due(runtime: Runtime, engine: Engine) -> None:
    """Begin tonight's night of every agent whose time has come and that is not busy with one."""
    workspaces = {one.id: one for one in runtime.store.workspaces.all()}

    def begin_one(agent: Agent) -> None:
        if _claim(runtime, workspaces[agent.workspace], agent.id):
            begin(runtime, engine, agent.workspace, CycleKind.IMPROVE, agent.id, scheduled=True)

    for workspace in workspaces:
        run_each("nights", runtime.store.agents.all(workspace), begin_one)


def _claim(runtime: Runtime, workspace: Workspace, agent: AgentId) -> bool:
    """Say whether tonight's night is due and ours; of several servers on one store only one gets it."""
    store, now = runtime.store, runtime.now()
    nights = store.cycles.of(workspace.id, agent, limit=10)
    begun = [night.started for night in nights if night.story == CycleKind.IMPROVE]
    last = max((one for one in begun if one <= now), default=None)  # later ones: the clock was wrong
    falls = list_rhythms(runtime, workspace.id)[NIGHT].due(now, last, workspace.time_zone)
    if falls is None or any(night.ended is None for night in nights):
        return False
    mine = Schedule(workspace=workspace.id, name=f"{NIGHT} of {agent}", began=now)
    return store.schedules.claim(mine, before=falls)
