"""May a learned text stand before a model? List what waits, look at it, approve or refuse it."""

import getpass
from typing import Annotated, Any

import typer

from upspiral.cli.api import request, request_list, route
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.terminal import say, say_json, say_table, say_text

PATH = "/api/v1/approvals"


def approve(
    approval: Annotated[
        str | None, typer.Argument(help="The id of what is approved; without it, what waits is listed.")
    ] = None,
    refuse: Annotated[bool, typer.Option("--refuse", help="Refuse it: it is not drafted again.")] = False,
    look: Annotated[bool, typer.Option("--show", help="Only show it.")] = False,
    all_: Annotated[bool, typer.Option("--all", help="List what was answered or has expired too.")] = False,
    by: Annotated[str | None, typer.Option(help="Your name; by default that of this login.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Approve or refuse a text that a night has learned; without an id, list what waits."""
    if approval is None:
        _tell_list(request_list(PATH, data, database, is_open=None if all_ else True), json=json)
        return
    where = route(f"{PATH}/{{}}", approval)
    if look:
        _tell_card(request("GET", where, data, database), json=json)
        return
    body = {"approved": not refuse, "by": by or getpass.getuser()}
    said = request("POST", f"{where}/decision", data, database, json=body)
    if json:
        say_json(said)
    elif refuse:
        say("Refused by {by}; the same text is not drafted again.", by=said["decided_by"])
    else:
        say(
            "Approved by {by}; it competes in the next night of {agent}.\n"
            "To roll it out now: upspiral deploy {agent} {candidate}",
            by=said["decided_by"],
            agent=said["agent"],
            candidate=said["candidate"],
        )


def _tell_list(cards: list[dict[str, Any]], *, json: bool) -> None:
    if json:
        say_json(cards)
        return
    if not cards:
        say("Nothing waits for approval.")
    for card in cards:
        _tell_card(card, json=False)
        say("")
    waiting = [one for one in cards if one["is_open"]]
    if waiting:
        say("Answer with `upspiral approve ID`, or `upspiral approve ID --refuse`.")


def _tell_card(card: dict[str, Any], *, json: bool) -> None:
    if json:
        say_json(card)
        return
    one = card["approval"]
    rows = [
        ("state", _describe_state(card)),
        ("drafted by", f"the lever {one['lever']}, night {one['cycle']}"),
        ("written by", card["teacher"] or "nobody: made of recorded answers"),
        ("against", ", ".join(one["weaknesses"]) or "no weakness that has a name"),
        ("changes", f"{card['changes']} to {card['version']}"),
    ]
    say("[bold]{id}[/]", id=one["id"])
    say_table(("about", "value"), rows)
    say_text("\n".join(card["diff"]), indent=2)


def _describe_state(card: dict[str, Any]) -> str:
    one = card["approval"]
    if one["state"] != "waiting":
        return f"{one['state']} by {one['decided_by']}"
    return f"waits until {one['expires'][:10]}" if card["is_open"] else "expired"


COMMANDS = (approve,)
