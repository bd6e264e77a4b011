"""The tables are those that the migrations make."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from upspiral.store import Store
from upspiral.store.tables import metadata


def test_the_migrations_make_exactly_the_tables_of_the_nouns(any_store: Store) -> None:
    with any_store.database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
