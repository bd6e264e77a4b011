"""A store as it was at an earlier schema: brought up to it, or taken back to it with its rows."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from sqlalchemy import inspect

from upspiral.store import Store
from upspiral.store.migrate import MIGRATIONS


def upgrade_to(store: Store, revision: str) -> None:
    """Bring an empty store to one of the schemas there were."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with store.database.transaction() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def run(store: Store, *statements: str) -> None:
    """Run SQL as it is."""
    with store.database.transaction() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def take_back(store: Store, revision: str) -> None:
    """Drop the tables, indexes and columns that a schema did not have yet; rows stay.

    Args:
        store: At the newest schema.
        revision: Of the schema.
    """
    tables, indexes = read_schema(revision)
    with store.database.reading() as connection:
        found = inspect(connection)
        ours = {name: [c["name"] for c in found.get_columns(name)] for name in found.get_table_names()}
        newer = [
            str(one["name"])
            for name in ours
            if name in tables
            for one in found.get_indexes(name)
            if one["name"] not in indexes and not one.get("duplicates_constraint")
        ]
    run(
        store,
        *(f"DROP TABLE {name}" for name in ours if name not in tables),
        *(f"DROP INDEX {name}" for name in newer),
        *(
            f"ALTER TABLE {name} DROP COLUMN {column}"
            for name, columns in ours.items()
            for column in columns
            if name in tables and column not in tables[name]
        ),
        f"UPDATE alembic_version SET version_num = '{revision}'",
    )


@cache
def read_schema(revision: str) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Give the columns of every table of a schema, and the names of its indexes."""
    with TemporaryDirectory() as folder, Store(str(Path(folder) / "reference.db")) as store:
        upgrade_to(store, revision)
        with store.database.reading() as connection:
            found = inspect(connection)
            names = found.get_table_names()
            tables = {name: frozenset(c["name"] for c in found.get_columns(name)) for name in names}
            indexes = frozenset(str(one["name"]) for name in names for one in found.get_indexes(name))
    return tables, indexes
