"""How does a database come to the newest schema?"""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from upspiral.errors import ConfigError
from upspiral.store.completion import complete_learning
from upspiral.store.database import Database

ONE_AT_A_TIME = 0x75707370
"""The number under which one server after the other looks at the schema."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def upgrade(database: Database) -> None:
    """Run every migration that is missing; do nothing where none is.

    Raises:
        ConfigError: The database belongs to a newer version of Upspiral.
    """
    present = revision(database)
    if present == newest():
        return
    if present is not None and not _knows(present):
        raise ConfigError(
            f"The database is at schema {present!r}, which this version of Upspiral does not know.",
            hint="It was last opened by a newer version: install that one again, or restore a backup.",
        )
    with database.transaction() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (ONE_AT_A_TIME,))
        config = _config()
        config.attributes["connection"] = connection
        if present is not None:
            complete_learning(connection)
        command.upgrade(config, "head")


def _knows(revision: str) -> bool:
    return any(one.revision == revision for one in ScriptDirectory.from_config(_config()).walk_revisions())


def revision(database: Database) -> str | None:
    """The schema revision the database is at; None where it is empty."""
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()


@cache  # reading every migration takes longer than all else of an opening
def newest() -> str | None:
    """The newest schema revision this code knows."""
    return ScriptDirectory.from_config(_config()).get_current_head()
