"""Options that many commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option("--data", envvar="UPSPIRAL_DATA", help="Folder of the database, artifacts and logs."),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="UPSPIRAL_DATABASE_URL",
        help="postgresql://..., sqlite:///..., or the http:// address of a server.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
AgentName = Annotated[str, typer.Argument(help="The agent's name.")]
