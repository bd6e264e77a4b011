"""Where do agents keep failing, asked by day? The same search as a night's, beside the nights."""

from datetime import timedelta
from typing import Any

from msgspec import Struct

from upspiral import analyze
from upspiral.analyze.slices import is_known_before
from upspiral.cycle.planning.evidence import promotions
from upspiral.domain import Cycle, Pattern, PatternState, Polarity, Window
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.runtime import Runtime


class Mended(Struct, frozen=True):
    """A weakness that a promoted version was taught, and that was not found now."""

    pattern: Pattern
    version: str
    """The name of the version, such as support@2."""
    shown: bool
    """Has enough been rated since, that it would have been found?"""


def look(
    runtime: Runtime,
    workspace: WorkspaceId,
    agent: AgentId,
    *,
    days: float | None = None,
    keep: bool = True,
) -> list[Pattern]:
    """Look for an agent's weaknesses and strengths now: those of the version that lives.

    What came without a version counts too, up to the last night that used it. Of an agent that only sends
    us what it did everything counts.

    Args:
        runtime: The parts.
        workspace: Where.
        agent: Whose.
        days: How far back; None for the setting.
        keep: Are they stored, and named by a model where one is set? Not for somebody who may only read.

    Returns:
        Weaknesses, then strengths; in both those last that show only afterwards: symptoms, not causes.
    """
    now = runtime.now()
    known = runtime.store.agents.find(workspace, agent)
    used = promotions(runtime, workspace, agent)
    window = Window(
        since=now - timedelta(days=days or runtime.settings.cycle.window_days),
        until=now,
        version=known.live if known else None,
        used=used[0].until if used else None,
        limit=runtime.settings.cycle.max_evidence,
    )
    asked: Any = {"workspace": workspace, "window": window, "settings": runtime.settings.analyze, "now": now}
    found = (
        analyze.find(runtime.store, agent, cycle=None, namer=runtime.namer(), **asked)
        if keep
        else analyze.find_without_storing(runtime.store, agent, **asked)
    )
    return sorted(found, key=lambda one: (one.polarity != Polarity.WEAKNESS, _is_symptom(one)))


def list_mended(
    runtime: Runtime, workspace: WorkspaceId, agent: AgentId, found: list[Pattern]
) -> list[Mended]:
    """Say which weaknesses past nights taught away, newest night first, each once.

    Args:
        runtime: The parts.
        workspace: Where.
        agent: Whose.
        found: What `look` finds now.
    """
    seen, told = {one.id for one in found}, []
    for night in promotions(runtime, workspace, agent):
        version = _version(runtime, night)
        for pattern in runtime.store.patterns.many(workspace, night.patterns):
            if pattern.id not in seen and version:
                told.append(Mended(pattern, version, pattern.state is not PatternState.OPEN))
                seen.add(pattern.id)
    return told


def look_everywhere(
    runtime: Runtime, workspace: WorkspaceId, *, days: float | None = None
) -> dict[AgentId, list[Pattern]]:
    """Look for the weaknesses and strengths of every agent that ever answered in a workspace."""
    agents = runtime.store.interactions.agents(workspace)
    return {agent: look(runtime, workspace, agent, days=days) for agent in agents}


def look_weekly(runtime: Runtime, workspace: WorkspaceId) -> str:
    """Look everywhere, as every week; say in words what came of it."""
    found = look_everywhere(runtime, workspace)
    weak = [[p for p in patterns if p.polarity == Polarity.WEAKNESS] for patterns in found.values()]
    count, agents = sum(map(len, weak)), sum(map(bool, weak))
    return f"{count} weaknesses of {agents} agents, {len(found)} looked at."


def _is_symptom(pattern: Pattern) -> bool:
    return bool(pattern.conditions) and not is_known_before(pattern.conditions)


def _version(runtime: Runtime, night: Cycle) -> str | None:
    found = runtime.store.agent_versions.find(night.workspace, night.candidate or "")
    return found.name if found else None
