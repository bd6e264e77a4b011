"""What recurs: when, when it was last done, and what came of it; and whose time it follows."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from upspiral.admin.workspaces import set_time_zone
from upspiral.cycle.jobs import rhythm
from upspiral.domain import Scope
from upspiral.server.deps import CallerApp, json_response
from upspiral.server.policy import allows
from upspiral.server.schemas.access import WorkspaceBody

router = APIRouter(prefix="/api/v1", tags=["schedules"])


@router.get("/schedules", response_model=None)
@allows(Scope.READ)
def list_schedules(app: CallerApp) -> Response:
    """List what recurs, with its rhythm, the last time and the next."""
    runtime, where = app.runtime, app.workspace
    last = {one.name: one for one in runtime.store.schedules.list_rows(where)}
    zone = runtime.store.workspaces.zone(where)
    items = [
        {
            "name": name,
            "rhythm": getattr(runtime.settings.schedule, name),
            "time_zone": zone,
            "next": rhythm(runtime, name).following(runtime.now(), zone),
            "last": last.get(name),
        }
        for name in app.routines()
    ]
    return json_response({"items": items})


@router.post("/schedules/{name}/run", response_model=None)
@allows(Scope.OPERATE)
def run_schedule(name: Annotated[str, Path(max_length=100)], app: CallerApp) -> Response:
    """Do one of them now, whenever it would be due; give what came of it."""
    return json_response(app.run_routine(name))


@router.get("/workspace", response_model=None)
@allows(Scope.READ)
def get_workspace(app: CallerApp) -> Response:
    """Show the key's workspace, with its time zone."""
    zone = app.runtime.store.workspaces.zone(app.workspace)
    return json_response({"id": app.workspace, "time_zone": zone})


@router.patch("/workspace", response_model=None)
@allows(Scope.ADMIN)
def change_workspace(body: WorkspaceBody, app: CallerApp) -> Response:
    """Set the time zone that the nights and schedules of the workspace follow."""
    changed = set_time_zone(app.runtime, app.workspace, body.time_zone)
    return json_response({"id": changed.id, "time_zone": changed.time_zone})
