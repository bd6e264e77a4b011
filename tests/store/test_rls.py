"""PostgreSQL itself hides other workspaces' rows from a request, even where a statement forgot to."""

from random import Random
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import select
from tests.conftest import Maker

from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.store import Store
from upspiral.store.columns import metadata
from upspiral.store.database import as_tenant
from upspiral.store.tables import interactions


@pytest.fixture
def url(postgres_url: str) -> str:
    """A database whose owner is an ordinary role: a superuser would see everything."""
    name = f"tenant_{Random().getrandbits(40):x}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
        connection.execute(f"CREATE DATABASE {name} OWNER {name}")
    parts = urlsplit(postgres_url)
    return f"postgresql://{name}:x@{parts.netloc.rpartition('@')[2]}/{name}?{parts.query}"


def test_every_table_with_a_workspace_is_guarded(url: str) -> None:
    with Store(url) as store:
        store.upgrade()
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"
        )
        guarded = {name for (name,) in found}
    assert guarded == {name for name, table in metadata.tables.items() if "workspace" in table.columns}


def test_a_statement_that_forgot_its_workspace_sees_only_its_own(url: str, make: Maker) -> None:
    with Store(url) as store:
        store.upgrade()
        mine, theirs = make.interaction(), make.interaction(workspace="other")
        store.interactions.add(mine, theirs)

        def seen() -> set[str]:
            with store.database.reading() as connection:
                return set(connection.execute(select(interactions.c.id)).scalars())

        assert seen() == {mine.id, theirs.id}
        with as_tenant(DEFAULT_WORKSPACE):
            assert seen() == {mine.id}
            store.interactions.remove(interactions.c.id != "")
        assert seen() == {theirs.id}
