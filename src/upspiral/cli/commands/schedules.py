"""What recurs: show it, or do it now."""

from typing import Annotated

import typer

from upspiral.cli.api import request, route
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.render import moment
from upspiral.cli.terminal import say, say_json, say_table


def list_schedules(data: Data = None, database: Database = None, json: Json = False) -> None:
    """Show what a server does again and again, when, and what came of it last."""
    seen = request("GET", "/api/v1/schedules", data, database)
    if json:
        say_json(seen)
        return
    rows = []
    for one in seen["items"]:
        last = one["last"] or {"began": None, "said": "not done yet"}
        when = (one["rhythm"], moment(one["next"]), moment(last["began"]))
        rows.append((one["name"], *when, last["said"] or "under way"))
    columns = ("schedule", "when", "next", "last", "what came of it")
    say_table(columns, rows, whole=("schedule", "when", "next", "last"))
    say(
        "[dim]Next and last are UTC, the rhythm is {zone} (`upspiral workspace set --time-zone`); a server"
        " does them by itself. Change one with UPSPIRAL_SCHEDULE_LEARNING='daily 03:00' or 'off'.[/]",
        zone=seen["items"][0]["time_zone"],
    )


def run_schedule(
    name: Annotated[str, typer.Argument(help="Which, such as learning or weaknesses.")],
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Do one of them now."""
    seen = request("POST", route("/api/v1/schedules/{}/run", name), data, database)
    say_json(seen) if json else say("{said}", said=seen["said"])


def set_schedule(
    name: Annotated[str, typer.Argument(help="Which, such as night, learning or weaknesses.")],
    rhythm: Annotated[
        str, typer.Argument(help="'daily 02:00', 'monday 03:00', 'every 6h', off; default for the settings'.")
    ],
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Set how often one of them recurs, from its next moment on."""
    body = {"rhythm": rhythm}
    seen = request("PUT", route("/api/v1/schedules/{}", name), data, database, json=body)
    if json:
        say_json(seen)
        return
    when = f"next at {moment(seen['next'])} UTC" if seen["next"] else "it is not done by itself"
    say("{name} recurs {rhythm} ({zone}): {when}.", zone=seen["time_zone"], when=when, **_facts(seen))


def _facts(seen: dict[str, str]) -> dict[str, str]:
    return {name: seen[name] for name in ("name", "rhythm")}


COMMANDS = (list_schedules, run_schedule, set_schedule)
