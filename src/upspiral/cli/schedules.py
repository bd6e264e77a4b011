"""What recurs: show it, or do it now."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from upspiral.cli.door import asked
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.tell import tell_json


def list_schedules(data: Data = None, database: Database = None, json: Json = False) -> None:
    """Show what a server does again and again, when, and what came of it last."""
    seen = asked("GET", "/api/v1/schedules", data, database)
    if json:
        tell_json(seen)
        return
    table = Table("schedule", "when", "next", "last", "what came of it")
    for one in seen["items"]:
        last = one["last"] or {"began": None, "said": "not done yet"}
        table.add_row(
            one["name"],
            one["rhythm"],
            _moment(one["next"]),
            _moment(last["began"]),
            last["said"] or "under way",
        )
    console = Console(highlight=False)
    console.print(table)
    console.print(
        "[dim]Times are UTC; a server does them by itself. Change one with"
        " UPSPIRAL_SCHEDULE_LEARNING='daily 03:00' or 'off'.[/]"
    )


def run_schedule(
    name: Annotated[str, typer.Argument(help="Which, such as learning or weaknesses.")],
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Do one of them now."""
    seen = asked("POST", f"/api/v1/schedules/{name}/run", data, database)
    tell_json(seen) if json else Console(highlight=False).print(seen["said"])


def _moment(at: str | None) -> str:
    return at[:16].replace("T", " ") if at else "never"


COMMANDS = (list_schedules, run_schedule)
