"""What does a workspace hold: agents, keys, erasures, and what recurs?"""

from collections.abc import Iterable
from datetime import datetime

from msgspec import Struct

from upspiral.cursor import Cursor
from upspiral.cycle.jobs import NIGHT, list_rhythms
from upspiral.domain import Agent, AgentVersion, Erasure, Key
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.schedule import Schedule
from upspiral.runtime import Runtime


class RecurringJob(Struct, frozen=True, kw_only=True):
    """Something that a server does again and again."""

    name: str
    rhythm: str
    """Such as `daily 02:00`, `every 6h` or `off`."""
    is_own: bool = False
    """Was it set for this workspace? Else it is that of the settings."""
    time_zone: str
    next: datetime | None
    """None where it is off."""
    last: Schedule | None
    """None where it was never done."""


def list_keys(runtime: Runtime, workspace: WorkspaceId, *, after: Cursor | None, limit: int) -> list[Key]:
    """Give a page of a workspace's keys, newest first."""
    return runtime.store.keys.list_newest(workspace, after=after, limit=limit)


def list_erasures(
    runtime: Runtime, workspace: WorkspaceId, *, after: Cursor | None, limit: int
) -> list[Erasure]:
    """Give a page of what was erased, newest first."""
    return runtime.store.erasures.list_newest(workspace, after=after, limit=limit)


def list_agents(runtime: Runtime, workspace: WorkspaceId) -> list[Agent]:
    """Give every agent of a workspace, by name."""
    return runtime.store.agents.all(workspace)


def list_versions(runtime: Runtime, workspace: WorkspaceId, agent: AgentId) -> list[AgentVersion]:
    """Give every version of an agent, oldest first."""
    return runtime.store.agent_versions.of(workspace, agent)


def list_schedules(runtime: Runtime, workspace: WorkspaceId, names: Iterable[str]) -> list[RecurringJob]:
    """Give what recurs, the nights first, with its rhythm, the last time and the next.

    Args:
        runtime: The parts.
        workspace: Where.
        names: Of the routines, in order.
    """
    done = runtime.store.schedules.list_rows(workspace)
    last = {one.name: one for one in sorted(done, key=lambda one: one.began)}
    nights = [one for one in last.values() if one.name.startswith(f"{NIGHT} of ")]
    rhythms, zone = list_rhythms(runtime, workspace), get_time_zone(runtime, workspace)
    return [
        RecurringJob(
            name=name,
            rhythm=rhythms[name].rhythm,
            is_own=rhythms[name].since is not None,
            time_zone=zone,
            next=rhythms[name].following(runtime.now(), zone),
            last=(nights[-1] if nights else None) if name == NIGHT else last.get(name),
        )
        for name in (NIGHT, *names)
    ]


def get_time_zone(runtime: Runtime, workspace: WorkspaceId) -> str:
    """Give the time zone that a workspace's nights and schedules follow."""
    return runtime.store.workspaces.zone(workspace)
