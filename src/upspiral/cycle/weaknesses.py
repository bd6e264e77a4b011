"""Where do agents keep failing, asked by day? The same search as a night's, beside the nights."""

from datetime import timedelta

from upspiral import analyze
from upspiral.domain import Pattern, Polarity
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.runtime import Runtime


def look(
    runtime: Runtime, workspace: WorkspaceId, agent: AgentId, *, days: float | None = None
) -> list[Pattern]:
    """Look for an agent's weaknesses and strengths now, whichever version answered.

    Args:
        runtime: The parts.
        workspace: Where.
        agent: Whose.
        days: How far back; None for as far as a first night looks.
    """
    now = runtime.now()
    return analyze.find(
        runtime.store,
        agent,
        workspace=workspace,
        since=now - timedelta(days=days or runtime.settings.cycle.window_days),
        until=now,
        version=None,
        cycle=None,
        settings=runtime.settings.analyze,
        now=now,
        namer=runtime.namer(),
    )


def look_everywhere(
    runtime: Runtime, workspace: WorkspaceId, *, days: float | None = None
) -> dict[AgentId, list[Pattern]]:
    """Look for the weaknesses and strengths of every agent that ever answered in a workspace."""
    agents = runtime.store.interactions.agents(workspace)
    return {agent: look(runtime, workspace, agent, days=days) for agent in agents}


def weekly(runtime: Runtime, workspace: WorkspaceId) -> str:
    """Look everywhere, as every week; say in words what came of it."""
    found = look_everywhere(runtime, workspace)
    weak = [[p for p in patterns if p.polarity == Polarity.WEAKNESS] for patterns in found.values()]
    count, agents = sum(map(len, weak)), sum(map(bool, weak))
    return f"{count} weaknesses of {agents} agents, {len(found)} looked at."
