"""What every test may use: a store on each database, a clock, and small makers of nouns."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.postgres import OwnPostgres

from upspiral.domain import Feedback, Interaction, Message, Source
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, FeedbackId, InteractionId, mint
from upspiral.store import Store

TESTS = Path(__file__).parent
PROCESSES = frozenset({"stories", "plugins", "package", "examples"})
"""Folders whose tests start real processes."""
START = datetime(2026, 1, 5, 12, tzinfo=UTC)
DEATHS = pytest.StashKey[list[str]]()
"""What was seen each time when PostgreSQL had died."""


@pytest.fixture
def anyio_backend() -> str:
    """The event loop of tests that await: the one that the server runs on."""
    return "asyncio"


@pytest.fixture(autouse=True)
def state_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into the state folder of whoever runs it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on PostgreSQL and what starts real processes, so that `make quick` leaves it out."""
    for item in items:
        given = item.callspec.params.values() if hasattr(item, "callspec") else ()
        on_postgres = any(isinstance(one, str) and one == "postgres" for one in given)
        if on_postgres or "postgres_url" in getattr(item, "fixturenames", ()):
            item.add_marker("postgres")
        if item.path.is_relative_to(TESTS) and item.path.relative_to(TESTS).parts[0] in PROCESSES:
            item.add_marker("process")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist hands on what it saw; nobody reads its own output."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["deaths"] = session.config.stash.get(DEATHS, [])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take from a worker of xdist what it saw."""
    node.config.stash.setdefault(DEATHS, []).extend(getattr(node, "workeroutput", {}).get("deaths", []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly when PostgreSQL had died: its tests passed on a server that was started again."""
    for told in config.stash.get(DEATHS, []):
        terminalreporter.section("PostgreSQL died", sep="!", red=True, bold=True)
        terminalreporter.write_line(told)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite store at the newest schema, to be copied: migrations run once, not for each test."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"
    with Store(str(path)) as opened:
        opened.upgrade()
    return path


@pytest.fixture
def data(tmp_path: Path, migrated_file: Path) -> Path:
    """A fresh data folder whose database is at the newest schema, so that no app migrates it."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copyfile(migrated_file, folder / "upspiral.db")
    return folder


@pytest.fixture
def store(tmp_path: Path, migrated_file: Path) -> Iterator[Store]:
    """A fresh SQLite store."""
    with Store(str(shutil.copyfile(migrated_file, tmp_path / "test.db"))) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[OwnPostgres]:
    """A PostgreSQL server of our own; under xdist one for each worker."""
    deaths = pytestconfig.stash.setdefault(DEATHS, [])
    server = OwnPostgres(tmp_path_factory.mktemp("postgres"), deaths.append)
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres: OwnPostgres) -> str:
    """Where the server is; it answers, or is started again before the test begins."""
    return postgres.answering().url


@pytest.fixture(scope="session")
def migrated_database(postgres: OwnPostgres) -> str:
    """The name of an empty database at the newest schema, which others are made after."""
    url = fresh_database(postgres.url)
    with Store(url) as opened:
        opened.upgrade()
    return urlsplit(url).path.removeprefix("/")


@pytest.fixture(params=["sqlite", "postgres"])
def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A fresh store, once on each database."""
    if request.param == "sqlite":
        url = str(shutil.copyfile(request.getfixturevalue("migrated_file"), tmp_path / "test.db"))
    else:
        template = request.getfixturevalue("migrated_database")
        url = fresh_database(request.getfixturevalue("postgres_url"), template)
    with Store(url) as opened:
        yield opened


def fresh_database(url: str, template: str = "template1") -> str:
    """Make a database on the server, empty or as a template is; give its URL."""
    import psycopg

    name = f"test_{Random().getrandbits(40):x}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return url.replace("/postgres?", f"/{name}?")


class Maker:
    """Makes nouns that tests need many of, each a second after the last."""

    def __init__(self) -> None:
        self.rng = Random(0)
        self.now = START

    def tick(self, seconds: float = 1) -> datetime:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)
        return self.now

    def interaction(
        self, question: str = "Where is it?", answer: str = "Here.", **more: object
    ) -> Interaction:
        """Make an Interaction of agent `support`."""
        ident = InteractionId(mint("int", now=self.tick(), rng=self.rng))
        given: dict[str, object] = {
            "id": ident,
            "workspace": DEFAULT_WORKSPACE,
            "agent": AgentId("support"),
            "at": self.now,
            "messages": (Message("user", question),),
            "answer": answer,
            "model": "base",
            "conversation": str(ident),
        }
        return Interaction(**{**given, **more})  # type: ignore[arg-type]

    def feedback(self, about: Interaction, score: float | None = None, **more: object) -> Feedback:
        """Make a signal about an Interaction."""
        given: dict[str, object] = {
            "id": FeedbackId(mint("fb", now=self.tick(), rng=self.rng)),
            "workspace": about.workspace,
            "interaction": about.id,
            "at": self.now,
            "source": Source.USER_RATING,
            "rater": "anna",
            "score": score,
        }
        return Feedback(**{**given, **more})  # type: ignore[arg-type]


@pytest.fixture
def make() -> Maker:
    """A maker of nouns."""
    return Maker()
