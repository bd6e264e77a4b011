"""How is it shown to a person what nights spend on paid models?"""

from typing import Any

from upspiral.cli.terminal import say, say_line, say_table
from upspiral.formatting import money, number_of, render_amount


def render_limits(limit_tokens: int | None, limit_usd: float | None) -> str:
    """Write the limits of a budget.

    >>> render_limits(20_000, 1.5), render_limits(None, None)
    ('20,000 tokens and 1.50 US dollars', '')
    """
    tokens = [] if limit_tokens is None else [number_of(limit_tokens, "token")]
    dollars = [] if limit_usd is None else [f"{money(limit_usd)} US dollars"]
    return " and ".join(tokens + dollars)


def tell_outlook(seen: dict[str, Any]) -> None:
    """Say before a night what it may spend; nothing where it asks no paid model."""
    if not seen["models"]:
        return
    asks = f"It may ask {', '.join(seen['models'])}"
    limits = render_limits(seen["limit_tokens"], seen["limit_usd"])
    said = f"{asks} and spend at most {limits}" if limits else f"{asks}; cycle.budget_tokens sets no limit"
    last = seen["last"]
    past = f"; the last night took {render_amount(last['used_tokens'], last['used_usd'])}" if last else ""
    say_line(f"{said}{past}.", to_error=True)


def tell_night_spending(spending: dict[str, Any] | None) -> None:
    """Tell what a night spent, by purpose; nothing where it made no paid call."""
    if not spending:
        return
    limits = render_limits(spending["limit_tokens"], spending["limit_usd"])
    say(
        "· spent {amount}{limits}{held}",
        amount=render_amount(spending["used_tokens"], spending["used_usd"]),
        limits=f", of at most {limits}" if limits else "",
        held=f"; {spending['held_tokens']:,} more are reserved" if spending["held_tokens"] else "",
    )
    if spending["refused"]:
        say("  The budget was used up: {calls} not made.", calls=number_of(spending["refused"], "call"))
    tell_spending("purpose", spending["by_purpose"])


def tell_spending(by: str, rows: list[dict[str, Any]]) -> None:
    """Show what was reserved and used, a line for each group."""
    if not rows:
        return
    names = (by.replace("_", " "), "#calls", "#reserved", "#used", "#reserved $", "#used $")
    lines = [
        (row["key"].replace("_", " ") if by == "purpose" else row["key"], row["calls"],
         f"{row['reserved_tokens']:,}", f"{row['used_tokens']:,}",
         money(row["reserved_usd"]), money(row["used_usd"]))
        for row in rows
    ]  # fmt: skip
    say_table(names, lines)
    lost = sum(row["unanswered"] for row in rows)
    if lost:
        say("Of {calls} nobody knows whether they were answered.", calls=number_of(lost, "further call"))
