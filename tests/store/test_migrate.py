"""Databases of other versions, and servers that start at once."""

import threading

import pytest
from tests.conftest import fresh_database

from upspiral.errors import ConfigError
from upspiral.store import Store


def test_servers_that_start_at_once_make_one_schema(postgres_url: str) -> None:
    url, errors = fresh_database(postgres_url), list[Exception]()

    def start() -> None:
        with Store(url) as store:
            try:
                store.upgrade()
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def test_a_database_of_a_newer_version_is_refused_with_the_next_action(any_store: Store) -> None:
    with any_store.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(ConfigError, match="'9999'") as refused:
        any_store.upgrade()
    assert "newer version" in (refused.value.hint or "")
