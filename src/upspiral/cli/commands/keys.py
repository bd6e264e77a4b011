"""Make, list and revoke keys; keep those of model providers, and the passwords of people."""

import sys
from typing import Annotated, Any

import typer

from upspiral.cli.api import door, request, request_list, route, run
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.render import moment
from upspiral.cli.terminal import say, say_json, say_line, say_table

DEFAULT_SCOPES = "ingest,feedback"


def create_key(
    name: Annotated[str, typer.Option(help="Who will hold it, in words.")],
    scopes: Annotated[
        str,
        typer.Option(
            help="What it may do, with commas: ingest, feedback, read, operate, MODEL_TRAINING, admin."
        ),
    ] = DEFAULT_SCOPES,
    workspace: Annotated[
        str | None, typer.Option(help="Of which workspace; made where it is missing.")
    ] = None,
    per_minute: Annotated[int | None, typer.Option(help="Requests allowed in a minute.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Make a key; it is shown once."""
    body: dict[str, Any] = {"name": name, "scopes": [scope.strip() for scope in scopes.split(",")]}
    body |= {"workspace": workspace} if workspace else {}
    body |= {"per_minute": per_minute} if per_minute else {}

    made = request("POST", "/api/v1/keys", data, database, creates=True, json=body)
    if json:
        say_json(made)
        return
    say(
        "Key [bold]{name}[/] of workspace {workspace}: {scopes}",
        name=made["name"],
        workspace=made["workspace"],
        scopes=", ".join(made["scopes"]),
    )
    say_line(made["key"])
    say("[dim]It is shown this once; only its hash is kept.[/]")


def list_keys(data: Data = None, database: Database = None, json: Json = False) -> None:
    """List the keys, without the keys themselves."""
    keys = request_list("/api/v1/keys", data, database)
    if json:
        say_json(keys)
        return
    rows = []
    for key in keys:
        since = (
            f"revoked {moment(key['revoked'])[:10]}" if key["revoked"] else f"since {moment(key['at'])[:10]}"
        )
        rows.append((key["name"], f"{key['shown']}…", ", ".join(key["scopes"]), since, key["id"]))
    say_table(("name", "begins with", "may", "", "id"), rows, whole=("id",))
    say("[dim]Revoke one with `upspiral keys revoke ID`.[/]")


def revoke_key(
    key: Annotated[str, typer.Argument(help="Its id, as `upspiral keys list` shows it.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Revoke a key; every process refuses it within two seconds."""

    async def task() -> Any:
        async with door(data, database) as api:
            return await api.ask("DELETE", route("/api/v1/keys/{}", key))

    say("Revoked {name!r}.", name=run(task())["name"])


def set_provider_key(
    name: Annotated[str, typer.Argument(help="Environment variable of the key, such as OPENAI_API_KEY.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Seal a provider's key in the store; it is asked for, or read from standard input, and never shown."""
    shown = f"Key for {name}"
    key = typer.prompt(shown, hide_input=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
    path = route("/api/v1/provider-keys/{}", name)
    made = request("PUT", path, data, database, creates=True, json={"key": key})
    say("Sealed {name}. Every server uses it within two seconds.", name=made["name"])
    if not made["is_used"]:
        say("[yellow]A variable of that name is set where the server runs; it wins.[/]")


def list_provider_keys(data: Data = None, database: Database = None, json: Json = False) -> None:
    """List the sealed keys of providers, without the keys themselves."""
    keys = request_list("/api/v1/provider-keys", data, database)
    if json:
        say_json(keys)
        return
    if not keys:
        say("No key is sealed. Seal one with `upspiral keys set-provider VARIABLE`.")
        return
    rows = [
        (one["name"], moment(one["at"])[:10], "" if one["is_used"] else "the environment's wins")
        for one in keys
    ]
    say_table(("variable", "sealed", ""), rows, whole=("variable",))
    say("[dim]Delete one with `upspiral keys remove-provider VARIABLE`.[/]")


def remove_provider_key(
    name: Annotated[str, typer.Argument(help="Its name, as `upspiral keys list-provider` shows it.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Delete a sealed key; every server stops using it within two seconds."""

    async def task() -> Any:
        async with door(data, database) as api:
            return await api.ask("DELETE", route("/api/v1/provider-keys/{}", name))

    say("Removed {name}.", name=run(task())["name"])


def set_password(
    name: Annotated[str, typer.Argument(help="With which the person signs in to the console, such as anna.")],
    key: Annotated[
        str | None,
        typer.Option(help="Id of the key whose rights the person gets; else that of this command."),
    ] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Let a person sign in by a password; it is asked for, or read from standard input, and never shown."""
    shown = f"Password for {name}"
    is_person = sys.stdin.isatty()
    given = typer.prompt(shown, hide_input=True, confirmation_prompt=True) if is_person else ""
    password = given or sys.stdin.readline().rstrip("\n")
    body = {"password": password, "key": key}
    made = request("PUT", route("/api/v1/passwords/{}", name), data, database, creates=True, json=body)
    say("{name} signs in to the console by this password, with the rights of key {key}.",
        name=made["name"], key=made["key"])  # fmt: skip


def list_passwords(data: Data = None, database: Database = None, json: Json = False) -> None:
    """List who signs in by a password."""
    found = request_list("/api/v1/passwords", data, database)
    if json:
        say_json(found)
        return
    if not found:
        say("Nobody has a password. Set one with `upspiral keys set-password NAME`.")
        return
    rows = [(one["name"], one["key"], moment(one["at"])[:10]) for one in found]
    say_table(("name", "rights of key", "set"), rows, whole=("name", "rights of key"))


def remove_password(
    name: Annotated[str, typer.Argument(help="The person, as `upspiral keys list-passwords` shows.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Take a person's password away; the person is signed out."""
    removed = request("DELETE", route("/api/v1/passwords/{}", name), data, database)
    say("{name} no longer signs in by a password.", name=removed["name"])


COMMANDS = (
    create_key,
    list_keys,
    revoke_key,
    set_provider_key,
    list_provider_keys,
    remove_provider_key,
    set_password,
    list_passwords,
    remove_password,
)
