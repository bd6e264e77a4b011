"""A server stands still for longer than its lease, another takes its night over, and the first wakes up."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.conftest import fresh_database
from tests.stories.test_a_night_killed_and_resumed import Site
from tests.waiting import until

from upspiral.domain.ids import DEFAULT_WORKSPACE, CycleId
from upspiral.store import Store
from upspiral.testing import FakeProvider

PROGRAM = Path(__file__).with_name("serve_and_die.py")
QUICK = {
    "UPSPIRAL_CYCLE_LEASE_S": "5",
    "UPSPIRAL_CYCLE_CANARY_EVERY_S": "1",
    "UPSPIRAL_CYCLE_NIGHTLY": "false",
    "UPSPIRAL_SECRET": "the same secret of both servers",
}
STANDS_STILL = "start_canary:started:SIGSTOP"
TABLES = ("cycles", "cycle_events", "deployments", "gate_decisions", "budgets", "agents")


class Server(Site):
    """A server with a data folder of its own on a store that it shares with another; stops at a step."""

    def __init__(self, data: Path, url: str) -> None:
        data.mkdir()
        super().__init__(data, PROGRAM)
        self._url = url
        self._log = data.with_suffix(".out")
        self.start()

    def start(self, deadly: str = STANDS_STILL) -> None:
        words = [sys.executable, str(PROGRAM), deadly, "serve", "--port", "0"]
        place = {"UPSPIRAL_DATA": str(self.data), "UPSPIRAL_DATABASE_URL": self._url}
        with self._log.open("wb") as out:
            self.server = subprocess.Popen(
                words, env={**os.environ, **QUICK, **place}, stdout=out, stderr=subprocess.STDOUT
            )
        until(lambda: (self.data / "server.json").exists() or self.is_dead(), "the server did not start")
        assert not self.is_dead(), self._log.read_text()

    @property
    def log(self) -> str:
        found = self.data / "logs" / "server.log"
        return found.read_text() if found.exists() else ""

    def stands_still(self) -> bool:
        assert self.server is not None
        return bool(psutil.Process(self.server.pid).status() == psutil.STATUS_STOPPED)

    def go_on(self) -> None:
        assert self.server is not None
        self.server.send_signal(signal.SIGCONT)


@pytest.fixture(params=["sqlite", "postgres"])
def shared_store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        copied = shutil.copyfile(request.getfixturevalue("migrated_file"), tmp_path / "shared.db")
        return f"sqlite:///{copied}"
    template = request.getfixturevalue("migrated_database")
    return fresh_database(request.getfixturevalue("postgres_url"), template)


@pytest.fixture
def servers(shared_store: str, tmp_path: Path) -> Iterator[list[Server]]:
    running: list[Server] = []
    try:
        running.append(Server(tmp_path / "first", shared_store))
        running.append(Server(tmp_path / "second", shared_store))
        yield running
    finally:
        for one in running:
            one.stop()


def read_tables(store: Store) -> dict[str, list[object]]:
    return {name: getattr(store, name).select() for name in TABLES}


@pytest.mark.timeout(1200)
def test_a_server_that_wakes_after_its_night_was_taken_over_writes_nothing_of_it(
    servers: list[Server], shared_store: str
) -> None:
    first, second = servers
    with FakeProvider() as provider, Store(shared_store) as store:
        model = {"model": "openai-compatible:gpt", "url": provider.url}
        first.ask("/api/v1/agents", name="shop", model=model)
        first.ask("/api/v1/agents/shop/versions", rules=["Be brief."])
        body = {"agent": "shop", "story": "deploy", "version": "2", "share": 0.5}
        cycle = CycleId(first.ask("/api/v1/cycles", **body)["id"])
        until(first.stands_still, "the first server never reached the step")
        until(second.stands_still, "the second server did not take the night over")
        before = read_tables(store)
        assert store.cycles.get(DEFAULT_WORKSPACE, cycle).executor == (second.data / "executor").read_text()
        first.go_on()
        until(lambda: "another process has taken over night" in first.log.lower(), "it noticed nothing")
        assert read_tables(store) == before
        second.go_on()
        until(lambda: store.deployments.select(), "the second server did not go on")
        second.ask("/api/v1/deployments/rollback", agent="shop")
        until(lambda: store.cycles.get(DEFAULT_WORKSPACE, cycle).ended)
        events = [(one.step, one.what) for one in store.cycle_events.of(DEFAULT_WORKSPACE, cycle)]
        assert events.count(("start_canary", "finished")) == 1
        assert store.cycles.get(DEFAULT_WORKSPACE, cycle).ending == "rolled_back"
