"""Whose time does a workspace follow?"""

from zoneinfo import available_timezones

from upspiral.domain import Workspace
from upspiral.domain.ids import WorkspaceId
from upspiral.errors import InvalidInput, suggest_name
from upspiral.runtime import Runtime


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
