"""Show where things stand."""

from typing import Annotated, Any

import typer

from upspiral.cli.door import door, run
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.tell import tell_breakdown, tell_history, tell_json, tell_patterns, tell_status


def status(data: Data = None, database: Database = None, json: Json = False) -> None:
    """Say where every agent stands, in numbers computed from what is stored."""
    found = run(_get("/api/v1/status", data, database))
    tell_json(found) if json else tell_status(found)


def history(
    agent: Annotated[str | None, typer.Argument(help="Only this agent's nights.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Tell the past nights, newest first."""
    found = run(_get("/api/v1/history", data, database, agent=agent))
    tell_json(found) if json else tell_history(found)


def analyze(
    agent: Annotated[str | None, typer.Argument(help="Only this agent; else all of them.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="model, domain, tool, agent, version or day.")] = None,
    days: Annotated[float | None, typer.Option(help="How far back to look for weaknesses.", min=0.01)] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Show where things go wrong, with intervals: by model, domain and tool, and as weaknesses of agents."""
    totals: list[dict[str, Any]] = []

    async def task() -> dict[str, Any]:
        found: dict[str, Any] = {}
        async with door(data, database) as api:
            for group in by or ["model", "domain", "tool"]:
                query = {"by": group} | ({"agent": agent} if agent else {})
                found[group] = await api.ask("GET", "/api/v1/metrics", params=query)
            if agent or not by:
                looked = {"agent": agent, "days": days}
                found["patterns"] = await api.ask("POST", "/api/v1/patterns", json=looked)
                query = {"by": "agent"} | ({"agent": agent} if agent else {})
                totals.extend(await api.ask("GET", "/api/v1/metrics", params=query))
        return found

    found = run(task())
    if json:
        tell_json(found)
        return
    for group, rows in found.items():
        if group == "patterns":
            recorded, rated = (sum(row[name] for row in totals) for name in ("n", "settled"))
            tell_patterns(rows, recorded=recorded, rated=rated)
        else:
            tell_breakdown(group, rows)


async def _get(path: str, data: Any, database: Any, **query: Any) -> Any:
    async with door(data, database) as api:
        return await api.ask("GET", path, params={k: v for k, v in query.items() if v is not None})


COMMANDS = (status, history, analyze)
