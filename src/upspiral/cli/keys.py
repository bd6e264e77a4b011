"""Make, list and revoke keys."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from upspiral.cli.door import asked, door, run
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.tell import tell_json

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

    made = asked("POST", "/api/v1/keys", data, database, json=body)
    if json:
        tell_json(made)
        return
    console = Console(highlight=False)
    console.print(
        f"Key [bold]{made['name']}[/] of workspace {made['workspace']}: {', '.join(made['scopes'])}"
    )
    console.print(f"[bold]{made['key']}[/]", soft_wrap=True)
    console.print("[dim]It is shown this once; only its hash is kept.[/]")


def list_keys(data: Data = None, database: Database = None, json: Json = False) -> None:
    """List the keys, without the keys themselves."""
    keys = asked("GET", "/api/v1/keys", data, database)
    if json:
        tell_json(keys)
        return
    table = Table(Column("id", no_wrap=True), "name", "begins with", "may", "made", "revoked")
    for key in keys:
        revoked = (key["revoked"] or "")[:16]
        table.add_row(key["id"], key["name"], key["shown"], ", ".join(key["scopes"]), key["at"][:16], revoked)
    Console(highlight=False).print(table)


def revoke_key(
    key: Annotated[str, typer.Argument(help="Its id, as `upspiral keys list` shows it.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Revoke a key; every process refuses it within two seconds."""

    async def task() -> Any:
        async with door(data, database) as api:
            return await api.ask("DELETE", f"/api/v1/keys/{key}")

    typer.echo(f"Revoked {run(task())['name']!r}.")


COMMANDS = (create_key, list_keys, revoke_key)
