"""How are things told to a person? Tables and sentences; JSON for programs."""

import json
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

MOST = 10
"""Weaknesses, and strengths, of one agent that are told."""
ENDINGS = {
    "promoted": "[green]promoted[/]",
    "rolled_back": "[yellow]rolled back[/]",
    "rejected": "[yellow]rejected[/]",
    "inconclusive": "[yellow]inconclusive[/]",
    "rested": "[blue]rested[/]",
    "cancelled": "[yellow]cancelled[/]",
    "failed": "[red]failed[/]",
    None: "[dim]under way[/]",
}


def console() -> Console:
    """Where people read."""
    return Console(highlight=False)


def tell_json(value: Any) -> None:
    """Print JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False))  # noqa: T201 - for programs


def percent(value: float | None) -> str:
    """Write a share.

    >>> percent(0.714)
    '71.4 %'
    """
    return "–" if value is None else f"{100 * value:.1f} %"


def between(low: float, high: float) -> str:
    """Write an interval of shares.

    >>> between(0.6, 0.8)
    '60.0 to 80.0'
    """
    return f"{100 * low:.1f} to {100 * high:.1f}"


def tell_status(status: dict[str, Any]) -> None:
    """Tell where every agent stands."""
    out = console()
    out.print(
        f"{status['interactions']} interactions and {status['feedback']} signals in {status['database']}",
        soft_wrap=True,
    )
    if not status["agents"]:
        out.print("There is no agent yet. Make one with `upspiral agents create`.")
    for agent in status["agents"]:
        table = Table(title=f"Agent {agent['agent']}", title_justify="left")
        for name in ("version", "answers", "settled", "success", "95 % interval", ""):
            table.add_column(name, justify="left" if name in ("version", "") else "right")
        for row in agent["versions"]:
            success = row["success"]
            note = "live" if row["live"] else ""
            if agent["canary"] and agent["canary"]["candidate"] == row["id"]:
                note = f"canary, {100 * agent['canary']['share']:g} % of the traffic"
            limits = between(success["low"], success["high"]) if success["n"] else "–"
            table.add_row(
                row["version"],
                str(row["interactions"]),
                str(success["n"]),
                percent(success["rate"]),
                limits,
                note,
            )
        out.print(table)
        if agent["canary"]:
            out.print(agent["canary"]["reason"] or "The canary waits for its first outcomes.")
        if agent["night"]:
            out.print(f"Last night: {ENDINGS[agent['night']['ending']]}. {agent['night']['reason']}")


def tell_history(nights: list[dict[str, Any]]) -> None:
    """Tell the nights."""
    table = Table("began", "agent", "what", "ending", "held-out", "gain (95 %)", "why")
    for night in nights:
        rates, gain = "", ""
        if night["gain"] is not None:
            rates = f"{percent(night['incumbent_rate'])} → {percent(night['candidate_rate'])}"
            gain = f"{100 * night['gain']:+.1f} ({between(night['gain_low'], night['gain_high'])})"
        began = night["started"][:16].replace("T", " ")
        ending = ENDINGS[night["ending"]]
        table.add_row(began, night["agent"], night["story"], ending, rates, gain, night["reason"])
    console().print(table if nights else "There was no night yet. `upspiral improve AGENT` runs one.")


def tell_night(seen: dict[str, Any]) -> None:
    """Tell one night as it went."""
    out, cycle = console(), seen["cycle"]
    for pattern in seen["patterns"]:
        out.print(
            f"· weakness [bold]{escape(pattern['name'])}[/]: "
            f"{pattern['failures']} of {pattern['conversations']} conversations failed "
            f"({between(pattern['failure_rate_low'], pattern['failure_rate_high'])} %), "
            f"{pattern['trend']}"
        )
    if seen["dataset"]:
        out.print(f"· {seen['dataset']['train']} examples to train on, {seen['dataset']['heldout']} held out")
    if seen["candidate"]:
        out.print(f"· candidate {seen['candidate']['agent']}@{seen['candidate']['number']}")
    if seen["report"]:
        tell_comparison(seen["report"])
    for check in (seen["decision"] or {}).get("checks", ()):
        verb = "[green]passes[/]" if check["passed"] else "[red]refuses[/]"
        out.print(f"· gate {verb} {check['name']}: {check['detail']}")
    if not cycle["ended"]:
        share = 100 * seen["deployment"]["share"]
        out.print(
            f"The canary is out with {share:g} % of the traffic. Start `upspiral serve` to give it some."
        )
        return
    out.print(f"The night ended: {ENDINGS[cycle['ending']]}. {cycle['reason']}")


def tell_comparison(report: dict[str, Any]) -> None:
    """Tell a paired comparison."""
    overall = report["overall"]
    console().print(
        f"· {percent(overall['incumbent_rate'])} to {percent(overall['candidate_rate'])} right on "
        f"{overall['n']} held-out cases (gain {between(overall['gain_low'], overall['gain_high'])} points)"
    )


def tell_breakdown(by: str, rows: list[dict[str, Any]]) -> None:
    """Tell success by group."""
    table = Table(title=f"Success by {by}, the most surely weak first", title_justify="left")
    counts = ["n"] if by == "tool" else ["n", "settled", "failures"]
    names = [by, *counts, "success", "95 % interval"]
    names += ["calls", "errors", "95 % of error rate"] if by == "tool" else []
    for name in names:
        table.add_column(name, justify="left" if name == by else "right")
    for row in rows[:30]:
        cells = [row["key"], *(str(row[name]) for name in counts), percent(row["rate"])]
        cells.append(between(row["low"], row["high"]))
        if by == "tool":
            limits = between(row["call_error_low"], row["call_error_high"])
            cells += [str(row["calls"]), str(row["call_errors"]), limits]
        table.add_row(*cells)
    if rows:
        console().print(table)
    if len(rows) > 30:
        console().print(f"… and {len(rows) - 30} more; --json shows all.")


def tell_patterns(patterns: list[dict[str, Any]], *, recorded: int, rated: int) -> None:
    """Tell weaknesses and strengths of the live versions, agent by agent, then what past nights mended.

    Args:
        patterns: As found, agent by agent.
        recorded: How many interactions there are in all.
        rated: How many of them are rated.
    """
    out = console()
    if not any("fixed_by" not in pattern for pattern in patterns):
        out.print(_nothing_found(recorded, rated))
    for agent in dict.fromkeys(pattern["agent"] for pattern in patterns):
        for polarity, heading in (("weakness", "keeps failing"), ("strength", "does better than elsewhere")):
            of_agent = [p for p in patterns if p["agent"] == agent and "fixed_by" not in p]
            chosen = [p for p in of_agent if p["polarity"] == polarity]
            if chosen:
                out.print(f"\nWhere [bold]{escape(agent)}[/] {heading}")
            for pattern in chosen[:MOST]:
                out.print(f"· [bold]{escape(pattern['name'])}[/]")
                out.print(Padding(_about(pattern), (0, 0, 0, 2)))
            if len(chosen) > MOST:
                out.print(f"… and {len(chosen) - MOST} more; --json shows all.")

    for pattern in (p for p in patterns if "fixed_by" in p):
        out.print(_mended(pattern), soft_wrap=True)


def _nothing_found(recorded: int, rated: int) -> str:
    """Say why no weakness is told."""
    if not recorded:
        return "Nothing is recorded yet. Point a client at `upspiral serve`, or use `upspiral import FILE`."
    if not rated:
        return f"{recorded} interactions are recorded and none is rated: nothing says which went well."
    counts = f"{rated} of {recorded} interactions are rated"
    return f"No weakness stands out from chance ({counts}). `--days 30` looks further back."


def _mended(pattern: dict[str, Any]) -> str:
    """Say which version was taught a weakness, and whether it shows."""
    name, version = escape(pattern["name"]), escape(pattern["fixed_by"])
    failed = f"{pattern['failures']} of {pattern['conversations']} failed before"
    if pattern["fix_shown"]:
        return f"· [bold]{name}[/]: fixed by {version} ({failed})"
    return f"· [bold]{name}[/]: taught to {version} ({failed}); too little is rated since to tell"


def _about(pattern: dict[str, Any]) -> str:
    """Say what is known of a pattern."""
    said = escape(pattern["description"])
    if pattern["polarity"] == "weakness":
        limits = between(pattern["share_low"], pattern["share_high"])
        said += f" {percent(pattern['share'])} of all failures (95 % interval {limits})"
    if pattern["state"] != "open":
        said = f"{said.rstrip('.')}; {pattern['state']}"
    first, last = (pattern[name][:10] for name in ("first_seen", "last_seen"))
    if first == last:
        return f"{said.rstrip('.')}; seen on {first}."
    since = f" since {pattern['changed_on']}" if pattern["changed_on"] else ""
    return f"{said.rstrip('.')}; {pattern['trend']}{since}, seen from {first} to {last}."
