"""Show and change a workspace."""

from typing import Annotated

import typer

from upspiral.cli.api import request
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.terminal import say, say_json


def show_workspace(data: Data = None, database: Database = None, json: Json = False) -> None:
    """Show the workspace of the key, and its time zone."""
    found = request("GET", "/api/v1/workspace", data, database)
    say_json(found) if json else say("Workspace {id}, time zone {time_zone}.", **found)


def set_workspace(
    time_zone: Annotated[str, typer.Option(help="Such as Europe/Paris; nights and schedules follow it.")],
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Set the time zone that nights and schedules follow."""
    body = {"time_zone": time_zone}
    found = request("PATCH", "/api/v1/workspace", data, database, creates=True, json=body)
    say_json(found) if json else say("Nights and schedules of {id} follow {time_zone} now.", **found)


COMMANDS = (show_workspace, set_workspace)
