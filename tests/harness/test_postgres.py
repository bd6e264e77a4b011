"""PostgreSQL of the tests survives its own death once, and says so."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.postgres import OwnPostgres

pytestmark = [pytest.mark.process, pytest.mark.postgres]


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def server(tmp_path: Path, told: list[str]) -> Iterator[OwnPostgres]:
    opened = OwnPostgres(tmp_path / "data", told.append)
    yield opened
    opened.close()


def _kill(server: OwnPostgres) -> None:
    os.kill(server.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            psycopg.connect(server.url).close()
        except psycopg.OperationalError:
            return
        time.sleep(0.05)
    raise AssertionError("it still answers")


def test_a_server_that_was_killed_is_started_again_with_all_that_it_held_and_told(
    server: OwnPostgres, told: list[str]
) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE kept")
    assert server.answering() is server
    assert told == []
    _kill(server)
    with psycopg.connect(server.answering().url) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'kept'").fetchall()
    assert found == [(1,)]
    assert len(told) == 1
    assert "no longer answered" in told[0]
    assert "database system is ready to accept connections" in told[0]


def test_a_server_that_dies_twice_is_an_error_with_the_end_of_its_log(
    server: OwnPostgres, told: list[str]
) -> None:
    _kill(server)
    server.answering()
    _kill(server)
    with pytest.raises(RuntimeError, match="not started again") as died:
        server.answering()
    assert "Its log ended" in str(died.value)
    assert len(told) == 1
