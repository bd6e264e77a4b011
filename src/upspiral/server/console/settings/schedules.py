"""What recurs, when, and whose time does it follow?"""

from collections.abc import Sequence

from upspiral.admin.workspaces import set_rhythm, set_time_zone
from upspiral.domain import Scope
from upspiral.queries import workspace as query
from upspiral.queries.workspace import RecurringJob
from upspiral.server.answers import Answer
from upspiral.server.console.settings.frame import PATH, answer_part, path_of_part
from upspiral.server.console.visit import ConsoleRouter, Form, Visit, Visiting, redirect
from upspiral.server.html.render import moment, words
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn
from upspiral.server.policy import allows

router = ConsoleRouter()


def show(visit: Visit) -> Answer[str]:
    """Show what recurs."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    jobs = query.list_schedules(runtime, workspace, visit.app.routines())
    return answer_part(
        visit,
        "schedules",
        tables=[to_schedules(jobs)],
        names=[(one.name, words(one.name)) for one in jobs],
        routines=[(one, words(one)) for one in visit.app.routines()],
        zone=query.get_time_zone(runtime, workspace),
    )


@router.post(f"{PATH}/time-zone")
@allows(Scope.ADMIN)
def change_time_zone(visit: Visiting, form: Form) -> Answer[str]:
    """Set the time zone that the nights and schedules of the workspace follow."""
    set_time_zone(visit.app.runtime, visit.app.workspace, form.get("time_zone", "").strip())
    return redirect(path_of_part("schedules"), notice="time-zone")


@router.post(f"{PATH}/schedules/change")
@allows(Scope.ADMIN)
def set_schedule(visit: Visiting, form: Form) -> Answer[str]:
    """Set how often something recurs in the workspace, from its next moment on."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    set_rhythm(runtime, workspace, form.get("name", ""), form.get("rhythm", "").strip())
    return redirect(path_of_part("schedules"), notice="schedule-changed")


@router.post(f"{PATH}/schedules")
@allows(Scope.OPERATE)
def run_schedule(visit: Visiting, form: Form) -> Answer[str]:
    """Do now what a schedule does again and again."""
    visit.app.run_routine(form.get("name", ""))
    return redirect(path_of_part("schedules"), notice="schedule-run")


def to_schedules(jobs: Sequence[RecurringJob]) -> DataTable:
    """Give what recurs."""
    return DataTable(
        name="schedules",
        caption="Schedules",
        columns=(
            TableColumn("What"),
            TableColumn("How often"),
            TableColumn("Set by"),
            TableColumn("Next (UTC)"),
            TableColumn("Last (UTC)"),
            TableColumn("What came of it", is_long=True),
        ),
        rows=[
            [
                Cell(words(one.name)),
                Cell(one.rhythm),
                Cell("this workspace" if one.is_own else "the settings"),
                Cell(moment(one.next) if one.next else "off"),
                Cell(moment(one.last.began) if one.last else "never"),
                Cell(one.last.said if one.last else ""),
            ]
            for one in jobs
        ],
        empty=Empty("Nothing recurs.", "Change a schedule above."),
    )
