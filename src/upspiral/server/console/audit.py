"""Who changed what, and when?"""

from upspiral.domain import Scope
from upspiral.domain.access import AuditEntry
from upspiral.queries import audit as query
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Visiting
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()


@router.get("/audit")
@allows(Scope.OPERATE, Scope.ADMIN)
def list_changes(visit: Visiting) -> Answer[str]:
    """List what people changed, newest first."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    rows, following = read_page(
        lambda place, n: query.list_changes(runtime, workspace, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
    )
    return visit.answer("audit.html", title="Audit log", tables=[to_table(rows, following)])


def to_table(rows: list[AuditEntry], following: str | None) -> DataTable:
    """Give changes as the rows of a table."""
    return DataTable(
        name="changes",
        caption="Changes",
        columns=(
            TableColumn("When (UTC)"),
            TableColumn("Who"),
            TableColumn("Did"),
            TableColumn("Where", is_long=True),
            TableColumn("What", is_long=True),
            TableColumn("By"),
        ),
        rows=[
            [
                Cell(moment(one.at)),
                Cell(one.key_name or one.key),
                Cell(one.action),
                Cell(one.path),
                Cell(one.detail),
                Cell(one.via),
            ]
            for one in rows
        ],
        empty=Empty(
            "Nobody has changed anything yet.", "Every change by console, command or API stands here."
        ),
        next=following,
    )
