"""Whose time does a workspace follow, and how often is what recurs done there?"""

from zoneinfo import available_timezones

from upspiral.cycle.jobs import list_rhythms
from upspiral.domain import Workspace
from upspiral.domain.ids import WorkspaceId
from upspiral.domain.schedule import OwnRhythm, Rhythm
from upspiral.errors import InvalidInput, NotFound, suggest_name
from upspiral.runtime import Runtime

DEFAULT_RHYTHM = "default"
"""In place of a rhythm: what the settings say."""


def set_rhythm(runtime: Runtime, workspace: WorkspaceId, name: str, rhythm: str) -> str:
    """Set how often something recurs in a workspace, from its next moment on; give the rhythm that holds now.

    Every server follows it at its next look, within half a minute. What was missed is not made up for.

    Args:
        runtime: The parts.
        workspace: Where.
        name: Of the schedule, such as `night` or `learning`.
        rhythm: Such as `daily 02:00`, `monday 03:00`, `every 6h` or `off`; `default` for the settings'.

    Raises:
        NotFound: There is no such schedule.
        InvalidInput: It is no rhythm.
    """
    known = list_rhythms(runtime, workspace)
    if name not in known:
        hint = suggest_name(name, known) or f"There are {', '.join(known)}."
        raise NotFound(f"There is no schedule {name!r}.", hint=hint)
    if rhythm == DEFAULT_RHYTHM:
        runtime.write_here(lambda: runtime.store.own_rhythms.drop(workspace, name))
        return list_rhythms(runtime, workspace)[name].rhythm
    try:
        Rhythm.read(rhythm)
    except ValueError as error:
        raise InvalidInput(str(error), hint="`off` stops it, `default` is what the settings say.") from error
    made = OwnRhythm(workspace=workspace, name=name, rhythm=rhythm, at=runtime.now())
    runtime.write_here(lambda: runtime.store.own_rhythms.upsert(made))
    return rhythm


def set_time_zone(runtime: Runtime, workspace: WorkspaceId, zone: str) -> Workspace:
    """Set the time zone that the nights and schedules of a workspace follow, from their next moment on.

    Args:
        runtime: The parts.
        workspace: Whose.
        zone: A name of the IANA database, such as ``Europe/Paris``.

    Raises:
        InvalidInput: There is no such zone; says which is most like it.
    """
    zones = available_timezones()
    if zone not in zones:
        hint = suggest_name(zone, sorted(zones)) or "Name one such as Europe/Paris or UTC."
        raise InvalidInput(f"There is no time zone {zone!r}.", hint=hint)
    return runtime.store.workspaces.set_zone(workspace, zone)
