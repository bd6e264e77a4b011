"""Bring data in, and look after what is there."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from upspiral.cli.door import asked
from upspiral.cli.options import Data, Database, Json
from upspiral.cli.tell import tell_json


def erase(
    end_user: Annotated[str | None, typer.Option(help="Everything about this person.")] = None,
    conversation: Annotated[str | None, typer.Option(help="Everything about this conversation.")] = None,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Erase a person or a conversation, and name the datasets and models that held something of it."""
    body = {"end_user": end_user} if end_user else {"conversation": conversation}

    made = asked("POST", "/api/v1/erasures", data, database, json=body)
    if json:
        tell_json(made)
        return
    console = Console(highlight=False)
    console.print(
        f"Erased {made['interactions']} interactions, {made['feedback']} signals and"
        f" {made['examples']} teaching cases ({made['id']})."
    )
    for name, held in (("Datasets", made["datasets"]), ("Models", made["models"])):
        if held:
            console.print(f"{name} that held some of it, now marked: {', '.join(held)}")


def upgrade(data: Data = None, database: Database = None) -> None:
    """Bring the database to the newest schema."""
    from upspiral.config import load
    from upspiral.upkeep import upgrade_database

    settings = load(data=data, database_url=database)
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    before, now = upgrade_database(settings)
    typer.echo(f"The database is at revision {now} (was {before or 'empty'}).")


def recount(data: Data = None, database: Database = None) -> None:
    """Count anew what happened, day by day; a running server goes on meanwhile."""
    from upspiral.config import load
    from upspiral.upkeep import recount_database

    for workspace, found in recount_database(load(data=data, database_url=database)).items():
        typer.echo(
            f"{workspace}: counted {found.interactions} interactions on {found.days} days of agents anew;"
            f" {found.mended} counts were not right and are now."
        )


def openapi() -> None:
    """Print the OpenAPI document of the REST API."""
    import tempfile

    from upspiral.app import Upspiral
    from upspiral.config import load
    from upspiral.server.app import create_app

    with tempfile.TemporaryDirectory() as folder, Upspiral(load(data=Path(folder))) as spiral:
        tell_json(create_app(spiral).app.openapi())


COMMANDS = (erase, openapi)
