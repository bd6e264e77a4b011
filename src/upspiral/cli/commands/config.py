"""Show what is set, and where it was written."""

import os
from typing import Annotated, Any

import typer

from upspiral.cli.options import Data, Database, Json
from upspiral.cli.terminal import say, say_json, say_line, say_table

HIDDEN_VALUE = "(hidden)"
SECRET = ("secret", "database_url", "redis_url")
"""Settings that may hold a password."""


def show_config(
    changed: Annotated[bool, typer.Option("--changed", help="Only what differs from the default.")] = False,
    data: Data = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Show every setting with its value and where that was written; secrets are hidden."""
    from upspiral.config import load
    from upspiral.config_sources import notices, origins

    settings = load(data=data, database_url=database)
    given = [name for name, value in (("data", data), ("database_url", database)) if value is not None]
    found = origins(settings, os.environ, folder=settings.data, given=given)
    chosen = [one for one in found if one.where != "default" or not changed]
    if json:
        say_json(
            {
                one.leaf.name: {
                    "value": _to_json(one.leaf.name, one.value),
                    "where": one.where,
                    "description": one.leaf.description,
                }
                for one in chosen
            }
        )
        return
    for notice in notices(settings, os.environ, folder=settings.data):
        say_line(notice, to_error=True)
    say_table(
        ("setting", "value", "from"), [(o.leaf.name, _to_json(o.leaf.name, o.value), o.where) for o in chosen]
    )
    say(
        "[dim]Set one as UPSPIRAL_SECTION_NAME in the environment, or in {file}: a section and a name.[/]",
        file=(settings.data / "upspiral.toml").absolute(),
    )


def _to_json(name: str, value: Any) -> Any:
    """Give a value as JSON can hold it; what may hold a password is hidden."""
    if name in SECRET and value is not None:
        return HIDDEN_VALUE
    return value if value is None or isinstance(value, bool | int | float | dict) else str(value)


COMMANDS = (show_config,)
