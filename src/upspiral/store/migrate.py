"""How does a database come to the newest schema?

Alembic is imported only where a migration is missing: most commands find none.
"""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from upspiral.errors import ConfigError
from upspiral.store.database import Database
from upspiral.store.plan_statistics import write_plan_statistics

ONE_AT_A_TIME = 0x75707370
"""The number under which one server after the other looks at the schema."""
MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = table("alembic_version", column("version_num"))
"""The table in which Alembic keeps the revision."""


def upgrade(database: Database) -> None:
    """Run every migration that is missing; do nothing where none is.

    Raises:
        ConfigError: The database belongs to a newer version of Upspiral.
    """
    present = revision(database)
    if present == newest():
        return
    if present is not None and present not in _list_revisions():
        raise ConfigError(
            f"The database is at schema {present!r}, which this version of Upspiral does not know.",
            hint="It was last opened by a newer version: install that one again, or restore a backup.",
        )
    with database.transaction() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s)", (ONE_AT_A_TIME,))
        _run_missing(connection, begun=present is not None)
        if database.is_sqlite:
            write_plan_statistics(connection)


def _run_missing(connection: Connection, *, begun: bool) -> None:
    from alembic import command
    from alembic.config import Config

    from upspiral.store.completion import complete_learning

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    if begun:
        complete_learning(connection)
    command.upgrade(config, "head")


def _list_revisions() -> list[str]:
    """Give every revision this code knows, oldest first; a migration's file begins with its revision."""
    return sorted(one.name.partition("_")[0] for one in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def revision(database: Database) -> str | None:
    """The schema revision the database is at; None where it is empty."""
    with database.reading() as connection:
        if not inspect(connection).has_table(VERSION_TABLE.name):
            return None
        return connection.execute(select(VERSION_TABLE)).scalar()


@cache  # reading every migration takes longer than all else of an opening
def newest() -> str | None:
    """The newest schema revision this code knows."""
    return max(_list_revisions(), default=None)
