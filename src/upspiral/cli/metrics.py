"""The four questions of who fails, at what, and why: one command each."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from upspiral.cli.door import asked
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.tell import between, console, percent, tell_breakdown, tell_json

Whose = Annotated[str | None, typer.Argument(help="Only this agent; without it, all together.")]


def agents_metrics(data: Data = None, database: Database = None, json: Json = False) -> None:
    """Which agent fails most? The most surely weak one first."""
    rows = _ask("agents", data, database)
    tell_json(rows) if json else tell_breakdown("agent", rows)


def tools_metrics(
    agent: Whose = None, data: Data = None, database: Database = None, json: Json = False
) -> None:
    """Which tool errs most?"""
    rows = _ask("tools", data, database, agent=agent)
    if json or rows:
        tell_json(rows) if json else tell_breakdown("tool", rows)
    else:
        console().print("No tool was called yet.")


def reasons_metrics(
    agent: Whose = None, data: Data = None, database: Database = None, json: Json = False
) -> None:
    """Why does it fail? The reasons of the newest 1,000 failures, the commonest first."""
    rows = _ask("failure-reasons", data, database, agent=agent)
    if json:
        tell_json(rows)
        return
    table = Table("failures", "share", "95 % interval", "reason", "for example")
    for row in rows[:30]:
        limits = between(row["low"], row["high"])
        table.add_row(str(row["failures"]), percent(row["share"]), limits, row["reason"], row["example"])
    console().print(table if rows else "Nothing has failed yet.")


def agent_metrics(
    agent: Annotated[str, typer.Argument(help="Its name.")],
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Is this agent failing more often than the others, beyond chance?"""
    seen = _ask(f"agents/{agent}", data, database)
    if json:
        tell_json(seen)
        return
    if seen["failure_rate"] is None:
        console().print(f"Nothing of {agent} is settled yet.")
        return
    others = (
        "there are no others" if seen["others_rate"] is None else f"others {percent(seen['others_rate'])}"
    )
    chance = "p < 0.001" if seen["p_value"] < 0.001 else f"p = {seen['p_value']:.3f}"
    verdict = "Yes, it fails often" if seen["frequently_failing"] else "No, not surely"
    console().print(
        f"{verdict}: {seen['failures']} of {seen['settled']} failed, {percent(seen['failure_rate'])}"
        f" ({between(seen['low'], seen['high'])}); {others}, {chance}."
    )


def _ask(what: str, data: Path | None, database: str | None, **query: str | None) -> Any:
    given = {name: value for name, value in query.items() if value is not None}
    return asked("GET", f"/api/v1/metrics/{what}", data, database, params=given)


COMMANDS = (agents_metrics, tools_metrics, reasons_metrics, agent_metrics)
