"""Where notifications are sent: add, list, try and remove."""

from typing import Annotated

import typer

from upspiral.cli.api import request, request_list, route
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.render import moment
from upspiral.cli.terminal import say, say_json, say_line, say_table
from upspiral.errors import UpspiralError

Address = Annotated[str, typer.Argument(help="A URL of Slack, Discord or any server, or an e-mail address.")]
Ident = Annotated[str, typer.Argument(help="Which; `upspiral webhooks list` shows the ids.")]


def add_webhook(
    address: Address,
    kind: Annotated[
        str | None,
        typer.Option(help="webhook, slack, discord, email or a plug-in; else seen from the address."),
    ] = None,
    event: Annotated[
        list[str] | None,
        typer.Option(help="What to send, such as version.rolled_back; several times for several, else all."),
    ] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Send notifications to an address, signed by a secret that is shown once."""
    body = {"address": address, "kind": kind, "events": event or []}
    made = request("POST", "/api/v1/webhooks", data, database, creates=True, json=body)
    if json:
        say_json(made)
        return
    told = ", ".join(made["events"]) or "everything"
    say("Webhook [bold]{id}[/] ({kind}) at {shown} is told of {told}.", told=told, **_facts(made))
    if made["kind"] == "webhook":
        say_line(made["secret"])
        say("[dim]It signs what is sent (Standard Webhooks), and is shown this once.[/]")
    say(
        "Try it with `upspiral webhooks test {id}`. A running `upspiral serve` does the sending.",
        id=made["id"],
    )


def list_webhooks(data: Data = None, database: Database = None, json: Json = False) -> None:
    """List where notifications are sent, and whether they arrive."""
    found = request_list("/api/v1/webhooks", data, database)
    if json:
        say_json(found)
        return
    if not found:
        say("Nobody is notified yet. Add a URL or an e-mail address with `upspiral webhooks add`.")
        return
    for one in found:
        told = ", ".join(one["events"]) or "everything"
        say("[bold]{id}[/]  {kind}  {shown}", **_facts(one))
        say("    is told of {told}", told=told)
        say("    {state}", state=_say_state(one))


def deliveries(webhook: Ident, data: Data = None, database: Database = None, json: Json = False) -> None:
    """List what was sent to a webhook, newest first."""
    found = request("GET", route("/api/v1/webhooks/{}/deliveries", webhook), data, database)["items"]
    if json:
        say_json(found)
        return
    rows = [
        (moment(one["at"]), one["type"] or "", one["state"], str(one["attempts"]), one["note"])
        for one in found
    ]
    if rows:
        say_table(("at", "event", "state", "attempts", "what came of it"), rows, whole=("at", "event"))
    else:
        say("Nothing was sent to {webhook} yet.", webhook=webhook)


def test_webhook(webhook: Ident, data: Data = None, database: Database = None, json: Json = False) -> None:
    """Send a test now, and say what came of it."""
    ended = request("POST", route("/api/v1/webhooks/{}/test", webhook), data, database)
    if json:
        say_json(ended)
    elif ended["state"] == "delivered":
        say("The test was delivered ({id}).", id=ended["notification"])
    if ended["state"] != "delivered":
        raise UpspiralError(
            f"The test was not delivered: {ended['note']}",
            hint="See that the address is right and that the receiver runs.",
        )


def rotate_webhook(webhook: Ident, data: Data = None, database: Database = None, json: Json = False) -> None:
    """Give a webhook a new secret; for 24 hours the one before signs too."""
    made = request("POST", route("/api/v1/webhooks/{}/rotate", webhook), data, database)
    if json:
        say_json(made)
        return
    say_line(made["secret"])
    say("[dim]It is shown this once. The secret before it signs too for 24 hours.[/]")


def remove_webhook(webhook: Ident, data: Data = None, database: Database = None, json: Json = False) -> None:
    """Send nothing to a webhook any more."""
    removed = request("DELETE", route("/api/v1/webhooks/{}", webhook), data, database)
    if json:
        say_json(removed)
    else:
        say("Webhook {id} at {shown} is told nothing more.", **_facts(removed))


def _facts(one: dict[str, str]) -> dict[str, str]:
    return {name: one[name] for name in ("id", "kind", "shown")}


def _say_state(one: dict[str, object]) -> str:
    if one["disabled"]:
        return f"off: {one['disabled']}"
    counts = [f"{one[name]} {name}" for name in ("waiting", "dead") if one[name]]
    return "; ".join([*counts, str(one["last"] or "nothing was sent yet")])


COMMANDS = (add_webhook, list_webhooks, deliveries, test_webhook, rotate_webhook, remove_webhook)
