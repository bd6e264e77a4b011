"""The four questions of who fails, at what, and why: one command each."""

from typing import Annotated

import typer

from upspiral.cli.api import request, request_list, route
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.render import MOST_ROWS, tell_breakdown
from upspiral.cli.spending import tell_spending
from upspiral.cli.terminal import say, say_json, say_table
from upspiral.formatting import money, percent, render_interval

METRICS = "/api/v1/metrics"
Whose = Annotated[str | None, typer.Argument(help="Only this agent; without it, all together.")]


def agents_metrics(data: Data = None, database: Database = None, json: Json = False) -> None:
    """Which agent fails most? The most surely weak one first."""
    rows = request_list(f"{METRICS}/agents", data, database)
    say_json(rows) if json else tell_breakdown("agent", rows)


def tools_metrics(
    agent: Whose = None, data: Data = None, database: Database = None, json: Json = False
) -> None:
    """Which tool errs most?"""
    rows = request_list(f"{METRICS}/tools", data, database, agent=agent)
    say_json(rows) if json else tell_breakdown("tool", rows)


def reasons_metrics(
    agent: Whose = None, data: Data = None, database: Database = None, json: Json = False
) -> None:
    """Why does it fail? The reasons of the newest 1,000 failures, the commonest first."""
    rows = request_list(f"{METRICS}/failure-reasons", data, database, agent=agent)
    if json:
        say_json(rows)
        return
    if not rows:
        say("Nothing has failed yet.")
        return
    lines = []
    for row in rows[:MOST_ROWS]:
        limits = render_interval(row["low"], row["high"])
        lines.append((row["failures"], percent(row["share"]), limits, row["reason"], row["example"]))
    say_table(("#failures", "#share", "#95 % interval", "reason", "for example"), lines)


def agent_metrics(
    agent: Annotated[str, typer.Argument(help="Its name.")],
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Is this agent failing more often than the others, beyond chance?"""
    seen = request("GET", route(f"{METRICS}/agents/{{}}", agent), data, database)
    if json:
        say_json(seen)
        return
    if seen["failure_rate"] is None:
        say("Nothing of {agent} is labeled yet.", agent=agent)
        return
    rate = seen["others_rate"]
    say(
        "{verdict}: {failures} of {settled} failed, {rate} ({limits}); {others}, {chance}.",
        verdict="Yes, it fails often" if seen["frequently_failing"] else "No, not surely",
        failures=seen["failures"],
        settled=seen["settled"],
        rate=percent(seen["failure_rate"]),
        limits=render_interval(seen["low"], seen["high"]),
        others="there are no others" if rate is None else f"others {percent(rate)}",
        chance="p < 0.001" if seen["p_value"] < 0.001 else f"p = {seen['p_value']:.3f}",
    )


def cost_metrics(
    agent: Whose = None,
    by: Annotated[str, typer.Option(help="agent, model or day.")] = "agent",
    since: Annotated[str | None, typer.Option(help="From this day on, such as 2026-01-05.")] = None,
    recount: Annotated[
        bool,
        typer.Option(
            "--recount", help="First price what is not priced yet, by the prices of today's settings."
        ),
    ] = False,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """What was spent? By agent, model or day; what has no known price is told apart."""
    if recount:
        done = request("POST", "/api/v1/metrics/cost/recount", data, database)
        say("Priced {priced} of {looked} answers that had no price.", **done)
    given = {"agent": agent, "by": by, "since": since}
    asked = {name: value for name, value in given.items() if value is not None}
    rows = request_list(f"{METRICS}/cost", data, database, params=asked)
    if json:
        say_json(rows)
        return
    if not rows:
        say("Nothing is recorded yet.")
        return
    names = (by, "#n", "#priced", "#tokens in", "#tokens out", "#cost", "#each")
    lines = [
        (row["key"], row["n"], row["priced"], row["input_tokens"], row["output_tokens"],
         money(row["cost"]), money(row["each"]))
        for row in rows[:MOST_ROWS]
    ]  # fmt: skip
    say_table(names, lines, title="What was spent; unknown where no price is known")


def spending_metrics(
    agent: Whose = None,
    by: Annotated[str, typer.Option(help="purpose, model, agent or day.")] = "purpose",
    since: Annotated[str | None, typer.Option(help="From this day on, such as 2026-01-05.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """What did the nights spend on paid models? Reserved, which is the most it could be, and used."""
    given = {"agent": agent, "by": by, "since": since}
    asked = {name: value for name, value in given.items() if value is not None}
    rows = request_list(f"{METRICS}/spending", data, database, params=asked)
    if json:
        say_json(rows)
    elif not rows:
        say("No night has asked a paid model yet.")
    else:
        tell_spending(by, rows)


COMMANDS = (agents_metrics, tools_metrics, reasons_metrics, agent_metrics, cost_metrics, spending_metrics)
