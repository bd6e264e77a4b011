"""Ask whose word counts, and why an outcome is what it is."""

from typing import Annotated, Any

import typer

from upspiral.cli.api import door, request, route, run
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.terminal import Markup, say, say_json, say_table
from upspiral.formatting import number_of, percent


def raters(
    name: Annotated[str | None, typer.Argument(help="Only raters of this name.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Show how much each rater's word counts and why, and of how many answers anything is known."""

    async def task() -> Any:
        async with door(data, database) as api:
            query = {"limit": 1000} | ({"name": name} if name else {})
            found = await api.ask("GET", "/api/v1/raters", params=query)
            return found | {"coverage": await api.ask("GET", "/api/v1/raters/coverage")}

    found = run(task())
    if json:
        say_json(found)
        return
    _tell(found)
    if not name:
        _tell_coverage(found["coverage"])


def explain(
    interaction: Annotated[str, typer.Argument(help="The id of the interaction.")],
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Say why an outcome is what it is: who judged what, how much each counts, and what that changes."""
    found = request("GET", route("/api/v1/interactions/{}/outcome", interaction), data, database)
    say_json(found) if json else _tell_outcome(found)


def _tell(found: dict[str, Any]) -> None:
    if not found["items"]:
        say(
            "Nobody has been weighed yet. A server does it each night;"
            " `upspiral schedules run raters` does it now."
        )
        return
    rows = []
    for group in _group_items(sorted(found["items"], key=lambda one: (one["weight"], one["voice"]))):
        one = group[0]
        counts = (one["votes"], one["checked"], percent(one["right"]))
        rows.append((_say_rest(one["voice"], group), _weight(one["weight"]), *counts, one["reason"]))
    say_table(("rater", "weight", "#votes", "#checked", "#right", "why"), rows, title="Raters")
    if found["next"]:
        say("… and more; `GET /api/v1/raters` gives them all.")


def _tell_coverage(known: dict[str, Any]) -> None:
    turns = known["turns"]
    if not turns:
        return
    shares = {name: percent(known[name] / turns) for name in ("with_outcome", "by_people", "with_implicit")}
    say(
        "Of {turns} since {since} {with_outcome} have an outcome: people rated {by_people}, implicit"
        " signals judged {with_implicit}.",
        turns=number_of(turns, "answer"),
        since=known["since"][:10],
        **shares,
    )
    rows = [
        (one["rater"], one["judged"], one["checked"], _error(one["brier"]), _error(one["base_brier"]),
         ", ".join(f"{percent(b['predicted'])} → {percent(b['observed'])}" for b in one["bins"]) or "–")
        for one in known["signals"]
    ]  # fmt: skip
    if rows:
        columns = ("signal", "#judged", "#rated too", "#Brier", "#of base rate", "judged → found good")
        say_table(columns, rows, title="Implicit signals against people's ratings")


def _error(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _group_items(items: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Put those of one bloc, or of one group in step, together."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in items:
        groups.setdefault(min([one["voice"], *one["bloc"], *one["in_step"]]), []).append(one)
    return list(groups.values())


def _say_rest(name: str, group: list[Any]) -> str:
    return f"{name} and {len(group) - 1} more" if len(group) > 1 else name


def _weight(weight: float) -> str:
    return f"{weight:.2g}" if weight else Markup("[red]not counted[/]")


def _tell_outcome(found: dict[str, Any]) -> None:
    outcome = found["outcome"]
    say("[bold]{status}[/]: {reason}", status=outcome["status"].capitalize(), reason=outcome["reason"])
    rows = []
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one in found["signals"]:
        known, signal = one["rater"], one["signal"]
        mates = min([known["voice"], *known["bloc"], *known["in_step"]]) if known else signal["id"]
        groups.setdefault((mates, signal["source"], _describe_signal(signal)), []).append(one)
    for (_, source, said), group in groups.items():
        one = group[0]
        name = _say_rest(one["signal"]["rater"], group)
        rows.append((name, source, said, _weight(one["weight"]), one["reason"]))
    if rows:
        say_table(("given by", "as", "judgement", "weight", "why that weight"), rows)
        say("{effect}", effect=found["effect"]["words"])


def _describe_signal(signal: dict[str, Any]) -> str:
    if signal["score"] is not None:
        label = f" ({signal['label']})" if signal["label"] else ""
        return f"{signal['score']:.2f}{label}"
    for kind in ("correction", "label", "comment"):
        if signal[kind]:
            return f"{kind}: {signal[kind][:60]}"
    return "nothing"


COMMANDS = (raters, explain)
