"""Show where things stand."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from upspiral.cli.api import (
    DEFAULT_DATA,
    door,
    find_file,
    find_server,
    is_empty,
    keep_imports,
    open_app,
    request,
    request_list,
    route,
    run,
)
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.render import tell_breakdown, tell_history, tell_one_night, tell_patterns, tell_status
from upspiral.cli.spending import tell_night_spending
from upspiral.cli.terminal import say, say_json
from upspiral.domain.ids import DEFAULT_WORKSPACE

NIGHT = "cyc_"
"""How the id of a night begins."""
EMPTY_STATUS: dict[str, Any] = {"interactions": 0, "feedback": 0, "agents": [], "waiting": 0}
"""The status of a data folder that holds no database yet."""


def status(data: Data = None, database: Database = None, json: Json = False) -> None:
    """Say where every agent stands, in numbers computed from what is stored."""
    folder, server = data or Path(DEFAULT_DATA), find_server(data, database)
    if server:
        found = request("GET", "/api/v1/status", data, database)
    elif is_empty(folder, database):
        found = {"database": str(folder.absolute())} | EMPTY_STATUS
    else:
        found = _read_status(data, database)
    found["server"] = server
    say_json(found) if json else tell_status(found)


def _read_status(data: Path | None, database: str | None) -> dict[str, Any]:
    """Read here what `/api/v1/status` answers: the command that is run most often starts at once."""
    with keep_imports():
        import msgspec

        from upspiral.cycle.report import read_status
        from upspiral.cycle.report import status as find_status
    file, now = find_file(data, database), datetime.now(UTC)
    overview = read_status(file, DEFAULT_WORKSPACE, now=now) if file else None
    if overview is None:  # all settings have to be read, or the schema has to be upgraded
        with open_app(data, database) as app:
            overview = find_status(app.runtime, app.workspace)
    found: dict[str, Any] = msgspec.to_builtins(overview)
    return found


def history(
    name: Annotated[
        str | None, typer.Argument(help="An agent: only its nights; or the id of a night: all about it.")
    ] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Tell the past nights, newest first; with the id of one, all about it."""
    if name and name.startswith(NIGHT):
        night = request("GET", route("/api/v1/cycles/{}", name), data, database)
        if json:
            say_json(night)
        else:
            tell_one_night(night)
            tell_night_spending(night["spending"])
        return
    found = request_list("/api/v1/history", data, database, agent=name)
    say_json(found) if json else tell_history(found)


def analyze(
    agent: Annotated[str | None, typer.Argument(help="Only this agent; else all of them.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="model, domain, tool, agent, version or day.")] = None,
    days: Annotated[float | None, typer.Option(help="How far back to look for weaknesses.", min=0.01)] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Show where things go wrong, with intervals: by model, domain and tool, and as weaknesses of agents."""
    hints: list[str] = []

    async def task() -> dict[str, Any]:
        found: dict[str, Any] = {}
        async with door(data, database) as api:
            for group in by or ["model", "domain", "tool"]:
                found[group] = await api.ask_all("/api/v1/metrics", by=group, agent=agent)
            if agent or not by:
                looked = {"agent": agent, "days": days}
                page = await api.ask("POST", "/api/v1/patterns", json=looked)
                found["patterns"] = page["items"]
                hints.extend(filter(None, [page.get("hint")]))
        return found

    found = run(task())
    if json:
        say_json(found)
        return
    patterns = found.pop("patterns", None)
    for group, rows in found.items():
        if rows or by:
            tell_breakdown(group, rows)
    if patterns is not None:
        tell_patterns(patterns, *hints)
        if hints and days is None:
            say("`--days 30` looks further back.")


COMMANDS = (status, history, analyze)
