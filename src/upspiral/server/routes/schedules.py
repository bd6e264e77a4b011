"""What recurs: when, when it was last done, and what came of it; and whose time it follows."""

from typing import Annotated

from fastapi import Path

from upspiral.admin.workspaces import set_rhythm, set_time_zone
from upspiral.domain import Scope
from upspiral.domain.schedule import Schedule
from upspiral.queries import workspace as query
from upspiral.queries.workspace import RecurringJob
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import CallerApp
from upspiral.server.paging import Page, answer_all
from upspiral.server.policy import allows
from upspiral.server.schemas.access import ScheduleBody, WorkspaceBody
from upspiral.server.schemas.answers.access import WorkspaceCard

router = TypedRouter(prefix="/api/v1", tags=["schedules"])


@router.get("/schedules")
@allows(Scope.READ)
def list_schedules(app: CallerApp) -> Answer[Page[RecurringJob]]:
    """List what recurs, with its rhythm, the last time and the next."""
    return answer_all(query.list_schedules(app.runtime, app.workspace, app.routines()))


@router.post("/schedules/{name}/run")
@allows(Scope.OPERATE)
def run_schedule(name: Annotated[str, Path(max_length=100)], app: CallerApp) -> Answer[Schedule]:
    """Do one of them now, whenever it would be due; give what came of it."""
    return json_response(app.run_routine(name))


@router.put("/schedules/{name}")
@allows(Scope.ADMIN)
def set_schedule(
    name: Annotated[str, Path(max_length=100)], body: ScheduleBody, app: CallerApp
) -> Answer[RecurringJob]:
    """Set how often one of them recurs in the workspace, from its next moment on.

    What was missed is not made up for: a rhythm that is set at noon does not do then what belongs to 03:00.
    """
    set_rhythm(app.runtime, app.workspace, name, body.rhythm)
    jobs = query.list_schedules(app.runtime, app.workspace, app.routines())
    return json_response(next(one for one in jobs if one.name == name))


@router.get("/workspace")
@allows(Scope.READ)
def get_workspace(app: CallerApp) -> Answer[WorkspaceCard]:
    """Show the key's workspace, with its time zone."""
    zone = query.get_time_zone(app.runtime, app.workspace)
    return json_response(WorkspaceCard(id=app.workspace, time_zone=zone))


@router.patch("/workspace")
@allows(Scope.ADMIN)
def change_workspace(body: WorkspaceBody, app: CallerApp) -> Answer[WorkspaceCard]:
    """Set the time zone that the nights and schedules of the workspace follow."""
    changed = set_time_zone(app.runtime, app.workspace, body.time_zone)
    return json_response(WorkspaceCard(id=changed.id, time_zone=changed.time_zone))
