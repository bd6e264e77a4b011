"""How are results shown to a person? Tables and sentences; JSON for programs."""

from typing import Any

from upspiral.cli.terminal import Markup, fill, say, say_table, say_text
from upspiral.formatting import number_of, percent, render_amount, render_interval

MAX_SHOWN = 10
"""Weaknesses, and strengths, of one agent that are shown."""
MOST_ROWS = 30
"""Groups that a table shows."""
ENDINGS = {
    "promoted": Markup("[green]promoted[/]"),
    "rolled_back": Markup("[yellow]rolled back[/]"),
    "rejected": Markup("[yellow]rejected[/]"),
    "inconclusive": Markup("[yellow]inconclusive[/]"),
    "rested": Markup("[blue]rested[/]"),
    "cancelled": Markup("[yellow]cancelled[/]"),
    "done": Markup("[green]done[/]"),
    "failed": Markup("[red]failed[/]"),
    None: Markup("[dim]under way[/]"),
}


def moment(at: str | None) -> str:
    """Write a moment to the minute.

    >>> moment("2026-01-05T12:30:10Z")
    '2026-01-05 12:30'
    """
    return at[:16].replace("T", " ") if at else "never"


def tell_status(status: dict[str, Any]) -> None:
    """Tell where every agent stands."""
    if not status["interactions"] and not status["agents"]:
        say("Nothing is recorded yet in {database}.", database=status["database"])
    else:
        say(
            "{interactions} and {feedback} in {database}",
            interactions=number_of(status["interactions"], "interaction"),
            feedback=number_of(status["feedback"], "signal"),
            database=status["database"],
        )
    server = status.get("server")
    say("Server: {url}", url=server or "none runs; `upspiral serve` starts one")
    if not status["agents"]:
        say("There is no agent yet. Make one with `upspiral agents create`, or `upspiral import` a file.")
    for agent in status["agents"]:
        _tell_agent(agent)
    if status.get("waiting"):
        verb = "waits" if status["waiting"] == 1 else "wait"
        texts = number_of(status["waiting"], "learned text")
        say("\n{texts} {verb} for approval: `upspiral approve`", texts=texts, verb=verb)


def _tell_agent(agent: dict[str, Any]) -> None:
    rows = []
    for row in agent["versions"]:
        success, note = row["success"], "live" if row["live"] else ""
        if agent["canary"] and agent["canary"]["candidate"] == row["id"]:
            note = f"canary, {100 * agent['canary']['share']:g} % of the traffic"
        limits = render_interval(success["low"], success["high"]) if success["n"] else "–"
        counts = (row["interactions"], success["n"], percent(success["rate"]))
        rows.append((row["version"], *counts, limits, note))
    columns = ("version", "#answers", "#labeled", "#success", "#95 % interval", "")
    say_table(columns, rows, title=fill("\nAgent {name}", name=agent["agent"]), whole=("version",))
    if agent["canary"]:
        say("{reason}", reason=agent["canary"]["reason"] or "The canary waits for its first outcomes.")
    night = agent["night"]
    if night and not (agent["canary"] and not night["ended"]):
        say("Last night: {ending}. {reason}", ending=ENDINGS[night["ending"]], reason=night["reason"])


def tell_history(nights: list[dict[str, Any]]) -> None:
    """Tell the nights, a paragraph each."""
    if not nights:
        say("There was no night yet. `upspiral improve AGENT` runs one.")
    for night in nights:
        tell_night_in_short(night)
        say("  [dim]upspiral history {cycle}[/]", cycle=night["cycle"])
        say("")


def tell_night_in_short(night: dict[str, Any]) -> None:
    """Tell one night in a paragraph: when, whose, which version, how it ended, and why."""
    say(
        "[bold]{began} {agent}[/] {story}{candidate}: {ending}",
        began=moment(night["started"]),
        agent=night["agent"],
        story=night["story"],
        candidate=f" → {night['candidate']}" if night["candidate"] else "",
        ending=ENDINGS[night["ending"]],
    )
    if night["gain"] is not None:
        say(
            "  {before} → {after} {what} on held-out cases, a gain of {gain:+.1f} points ({limits})",
            what="preferred by the judge" if night["judged"] else "right",
            before=percent(night["incumbent_rate"]),
            after=percent(night["candidate_rate"]),
            gain=100 * night["gain"],
            limits=render_interval(night["gain_low"], night["gain_high"]),
        )
    if night["used_tokens"]:
        say("  {amount} of paid models", amount=render_amount(night["used_tokens"], night["used_usd"]))
    if night["reason"]:
        say_text(night["reason"], indent=2)


def tell_night(seen: dict[str, Any]) -> None:
    """Tell one night as it went."""
    cycle = seen["cycle"]
    for pattern in seen["patterns"]:
        say(
            "· weakness [bold]{name}[/]: {failures} of {conversations} failed ({limits} %), {trend}",
            name=pattern["name"],
            failures=pattern["failures"],
            conversations=number_of(pattern["conversations"], "conversation"),
            limits=render_interval(pattern["failure_rate_low"], pattern["failure_rate_high"]),
            trend=pattern["trend"],
        )
    if seen["dataset"]:
        dataset = seen["dataset"]
        say(
            "· {train} to learn from, {heldout} held out{select}",
            train=number_of(dataset["train"], "example"),
            heldout=dataset["heldout"],
            select=f", {dataset['selection']} to choose a draft by" if dataset["selection"] else "",
        )
    for trial in seen["levers"]:
        tell_lever(trial)
    if seen["candidate"]:
        candidate = seen["candidate"]
        say("· candidate {agent}@{number}", agent=candidate["agent"], number=candidate["number"])
    if seen["report"]:
        tell_comparison(seen["report"])
    for check in (seen["decision"] or {}).get("checks", ()):
        verb = Markup("[green]passes[/]" if check["passed"] else "[red]refuses[/]")
        say("· gate {verb} {name}: {detail}", verb=verb, name=check["name"], detail=check["detail"])
    if not cycle["ended"] and not seen["deployment"]:
        say("It is under way. {reason}", reason=cycle["reason"])
    elif not cycle["ended"]:
        say(
            "The canary is out with {share:g} % of the traffic. Start `upspiral serve` to give it some.",
            share=100 * seen["deployment"]["share"],
        )
    else:
        say("The night ended: {ending}. {reason}", ending=ENDINGS[cycle["ending"]], reason=cycle["reason"])


def tell_lever(trial: dict[str, Any]) -> None:
    """Tell what one lever did in a night, in a line."""
    gained = ""
    if trial["gain"] is not None:
        gained = f", {100 * trial['gain']:+.1f} points (at least {100 * trial['gain_low']:+.1f})"
    if trial["usd_per_1000"]:
        gained += f", {trial['usd_per_1000']:.2g} dollars for 1,000 answers"
    say(
        "· lever [bold]{lever}[/] {state}{gained}{reason}",
        lever=trial["lever"],
        state=trial["state"],
        gained=gained,
        reason=f": {trial['reason']}" if trial["reason"] else "",
    )


def tell_one_night(seen: dict[str, Any]) -> None:
    """Tell a past night in full: when each step began, and what came of it."""
    cycle = seen["cycle"]
    began = moment(cycle["started"])
    say("[bold]{agent}[/] {story} of {began}", agent=cycle["agent"], story=cycle["story"], began=began)
    for event in seen["events"]:
        if event["what"] in ("started", "failed"):
            say(
                "  {at} {step} {failed}",
                at=moment(event["at"]),
                step=event["step"].replace("_", " "),
                failed=event["detail"] if event["what"] == "failed" else "",
            )
    tell_night(seen)


def tell_comparison(report: dict[str, Any]) -> None:
    """Tell a paired comparison."""
    overall = report["overall"]
    say(
        "· {before} to {after} {what} on {cases} (gain {limits} points)",
        what="preferred by the judge" if report["judge"] else "right",
        before=percent(overall["incumbent_rate"]),
        after=percent(overall["candidate_rate"]),
        cases=number_of(overall["n"], "held-out case"),
        limits=render_interval(overall["gain_low"], overall["gain_high"]),
    )


def tell_breakdown(by: str, rows: list[dict[str, Any]]) -> None:
    """Tell success by group."""
    if not rows:
        say("No tool was called yet." if by == "tool" else "Nothing is recorded yet.")
        return
    counts = ["n"] if by == "tool" else ["n", "settled", "failures"]
    headings = ["labeled" if name == "settled" else name for name in counts]
    names = [by, *(f"#{name}" for name in (*headings, "success", "95 % interval"))]
    names += ["#calls", "#errors", "#95 % of error rate"] if by == "tool" else []
    lines = []
    for row in rows[:MOST_ROWS]:
        cells = [row["key"], *(row[name] for name in counts), percent(row["rate"])]
        cells.append(render_interval(row["low"], row["high"]))
        if by == "tool":
            limits = render_interval(row["call_error_low"], row["call_error_high"])
            cells += [row["calls"], row["call_errors"], limits]
        lines.append(cells)
    say_table(names, lines, title=fill("Success by {by}, the most surely weak first", by=by))
    if len(rows) > MOST_ROWS:
        say("… and {more} more; --json shows all.", more=len(rows) - MOST_ROWS)


def tell_patterns(patterns: list[dict[str, Any]], hint: str | None = None) -> None:
    """Show weaknesses and strengths of the live versions, agent by agent, then what past nights fixed.

    Args:
        patterns: As found, agent by agent.
        hint: Why there is none, and what is missing.
    """
    if hint:
        say_text(hint)
    for agent in dict.fromkeys(pattern["agent"] for pattern in patterns):
        for polarity, heading in (("weakness", "keeps failing"), ("strength", "does better than elsewhere")):
            of_agent = [p for p in patterns if p["agent"] == agent and not p.get("fixed_by")]
            chosen = [p for p in of_agent if p["polarity"] == polarity]
            if chosen:
                say("\nWhere [bold]{agent}[/] {heading}", agent=agent, heading=heading)
            for pattern in chosen[:MAX_SHOWN]:
                say("· [bold]{name}[/]", name=pattern["name"])
                say_text(_render_facts(pattern), indent=2)
            if len(chosen) > MAX_SHOWN:
                say("… and {more} more; --json shows all.", more=len(chosen) - MAX_SHOWN)
    for pattern in (p for p in patterns if p.get("fixed_by")):
        _tell_mended(pattern)


def _tell_mended(pattern: dict[str, Any]) -> None:
    """Say which version was taught a weakness, and whether it shows."""
    failed = {key: pattern[key] for key in ("name", "failures", "conversations")}
    if pattern["fix_shown"]:
        say(
            "· [bold]{name}[/]: fixed by {version} ({failures} of {conversations} failed before)",
            version=pattern["fixed_by"],
            **failed,
        )
    else:
        say(
            "· [bold]{name}[/]: taught to {version} ({failures} of {conversations} failed before);"
            " too little is rated since to tell",
            version=pattern["fixed_by"],
            **failed,
        )


def _render_facts(pattern: dict[str, Any]) -> str:
    """Say what is known of a pattern."""
    said = pattern["description"]
    if pattern["polarity"] == "weakness":
        limits = render_interval(pattern["share_low"], pattern["share_high"])
        said += f" {percent(pattern['share'])} of all failures (95 % interval {limits})"
    if pattern["state"] != "open":
        said = f"{said.rstrip('.')}; {pattern['state']}"
    first, last = (pattern[name][:10] for name in ("first_seen", "last_seen"))
    if first == last:
        return f"{said.rstrip('.')}; seen on {first}."
    since = f" since {pattern['changed_on']}" if pattern["changed_on"] else ""
    return f"{said.rstrip('.')}; {pattern['trend']}{since}, seen from {first} to {last}."
