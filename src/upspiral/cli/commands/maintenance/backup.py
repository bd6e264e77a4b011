"""Save an installation into one file, and bring it back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from upspiral.cli.options import Data, Database
from upspiral.cli.terminal import say
from upspiral.errors import InvalidInput
from upspiral.formatting import number_of

if TYPE_CHECKING:
    from upspiral.config import Settings

File = Annotated[Path, typer.Argument(help="The backup, such as upspiral-2026-01-05.tar.")]


def backup(file: File, data: Data = None, database: Database = None) -> None:
    """Save the database, the keys, adapters and attachments into one file; a server may go on meanwhile."""
    from upspiral.admin.maintenance.backup import write_backup
    from upspiral.runtime import utc_now

    settings = _load(data, database)
    made = write_backup(settings, file, now=utc_now())
    size = f"{file.stat().st_size / 1e6:.1f} MB"
    say(
        "Saved {files} into {file} ({size}).", files=number_of(len(made.sha256), "file"), file=file, size=size
    )
    say("It holds the installation's keys and secret: keep it where only you can read it.")
    if made.schema is None:
        say("The PostgreSQL is not in it. Save that too, before the next `upspiral backup`:")
        say("  {command}", command=f"pg_dump --format=custom --file={file.stem}.dump {_hide(settings)}")


def restore(file: File, data: Data = None, database: Database = None) -> None:
    """Bring a backup back into a data folder that is empty, or not there; nothing is overwritten."""
    from upspiral.admin.maintenance.backup import restore_backup

    settings = _load(data, database)
    made = restore_backup(settings, file)
    say(
        "Restored {files} of {at} into {folder}.",
        files=number_of(len(made.sha256), "file"),
        at=f"{made.at:%Y-%m-%d %H:%M} UTC",
        folder=settings.data.resolve(),
    )
    if made.schema is None:
        say("The database was a PostgreSQL. Bring it back into an empty one:")
        say("  {command}", command=f"pg_restore --no-owner --dbname={_hide(settings)} {file.stem}.dump")
    say("Start it with `upspiral serve`; an older schema is upgraded then.")


def _load(data: Path | None, database: str | None) -> "Settings":
    from upspiral.config import load

    if database and database.startswith(("http://", "https://")):
        raise InvalidInput(
            "A backup is made where the data folder is, not through a server.",
            hint="Run it on that machine, with --data.",
        )
    return load(data=data, database_url=database)


def _hide(settings: "Settings") -> str:
    """Give the database's address without its password, which pg_dump reads from PGPASSWORD or asks for."""
    from urllib.parse import urlsplit

    parts = urlsplit(settings.database_url or "postgresql://HOST/DATABASE")
    user = f"{parts.username}@" if parts.username else ""
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{user}{place}").geturl()


COMMANDS = (backup, restore)
