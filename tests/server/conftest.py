"""What every test of the server may use: an app that is open, and a client with its key."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import pytest
from tests.conftest import fresh_database
from tests.server.openapi.failures import UNNAMED, Failure, read_documented, watch

from upspiral.app import App
from upspiral.config import load
from upspiral.server.app import create_app
from upspiral.server.middleware import Gatekeeper


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    """An open app on a fresh data folder; its nights run once one begins, for most tests need none."""
    with App(load(data=data), nights=False) as opened:
        yield opened


@pytest.fixture(params=["sqlite", "postgres"])
def any_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[App]:
    """An open app on a fresh data folder, once on each database."""
    url = None
    if request.param == "sqlite":
        request.getfixturevalue("data")
    else:
        template = request.getfixturevalue("migrated_database")
        url = fresh_database(request.getfixturevalue("postgres_url"), template)
    hosts = {"hosts": ("testserver",)}  # the name that schemathesis calls an application by
    with App(load(data=tmp_path / "data", database_url=url, server=hosts)) as opened:
        yield opened


@pytest.fixture
async def any_api(any_app: App) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the doors of an app, once on each database."""
    async with client_of(any_app) as client:
        yield client


@pytest.fixture
async def api(app: App) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of its doors, with the key of the local commands."""
    async with client_of(app) as client:
        yield client


def wait_for_night(app: App, cycle: str) -> None:
    """Wait until a night has ended, so that nothing of it is under way when the app closes."""
    for _ in range(1200):
        if app.runtime.store.cycles.get(app.workspace, cycle).ended:
            return
        time.sleep(0.1)
    raise AssertionError(f"night {cycle} did not end")


def client_of(app: App) -> httpx2.AsyncClient:
    """Make a client of an app's doors, with the key of the local commands."""
    key = (app.settings.data / "key").read_text().strip()
    transport = httpx2.ASGITransport(create_app(app), raise_app_exceptions=False)
    mine = {"authorization": f"Bearer {key}"}
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=mine, timeout=60)


@cache
def _write_document() -> str:
    """Write the API document once: it is the same for every app."""
    with TemporaryDirectory() as folder, App(load(data=Path(folder) / "data"), nights=False) as app:
        return json.dumps(create_app(app).app.openapi())


@cache
def _documented() -> dict[tuple[str, str], set[Failure]]:
    """Read once what the API document says of failures."""
    return read_documented(json.loads(_write_document()))


@pytest.fixture
def document() -> dict[str, Any]:
    """The API document."""
    said: dict[str, Any] = json.loads(_write_document())
    return said


@pytest.fixture(autouse=True)
def told_failures(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[tuple[str, str], Failure]]]:
    """Fail each test in which an operation answers with a failure that the API document does not name."""
    told: list[tuple[tuple[str, str], Failure]] = []
    monkeypatch.setattr(Gatekeeper, "__call__", watch(Gatekeeper.__call__, told))
    yield told
    if told:
        known = _documented()
        unnamed = {(op, one) for op, one in told if not _is_named(one, known[op])}
        assert not unnamed, "answered, and not documented; see `allows(errors=...)`"


def _is_named(failure: Failure, documented: set[Failure]) -> bool:
    status, code = failure
    return failure in documented or (code == UNNAMED and status in {known for known, _ in documented})
