"""A server killed again and again under load loses nothing that it acknowledged, and keeps nothing twice."""

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from tests.stories.killable import KillableServer

from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.store import Store

WRITERS = 6


@pytest.fixture
def server(tmp_path: Path) -> Iterator[KillableServer]:
    server = KillableServer(tmp_path / "data")
    server.start()
    yield server
    server.kill()


def _write(server: KillableServer, writer: int, over: threading.Event, acknowledged: list[str]) -> None:
    key = (server.data / "key").read_text().strip()
    mine = {"authorization": f"Bearer {key}"}
    number = 0
    with httpx2.Client(headers=mine, timeout=5, trust_env=False) as client:
        while not over.is_set():
            ids = [f"w{writer}-{number}-{part}" for part in range(5)]
            records = [
                {"id": ident, "agent": "a", "messages": [{"role": "user", "content": "x" * 300}]}
                for ident in ids
            ]
            number += 1
            with suppress(httpx2.HTTPError):
                answer = client.post(f"{server.url}/api/v1/interactions", json={"interactions": records})
                if answer.status_code == 201:
                    acknowledged += ids
                    continue
            time.sleep(0.02)


def _survive(server: KillableServer, kills: int) -> None:
    over, rng = threading.Event(), random.Random(0)
    lists: list[list[str]] = [[] for _ in range(WRITERS)]
    threads = [threading.Thread(target=_write, args=(server, n, over, lists[n])) for n in range(WRITERS)]
    for thread in threads:
        thread.start()
    for number in range(kills):
        until = time.monotonic() + 60  # a server that is slow today has to be given something to lose
        while sum(map(len, lists)) < 100 * (number + 1) and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(rng.uniform(0.2, 1.0))
        server.kill()
        server.start()
    time.sleep(0.3)
    over.set()
    for thread in threads:
        thread.join()
    server.kill()
    acknowledged = [ident for one in lists for ident in one]
    assert len(acknowledged) > 50 * kills
    with Store(str(server.data / "upspiral.db")) as store:
        kept = [one.id for one in store.interactions.latest(DEFAULT_WORKSPACE, limit=10**7)]
        with store.database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert len(set(kept)) == len(kept)
    assert set(acknowledged) <= set(kept)


@pytest.mark.timeout(300)
def test_nothing_acknowledged_is_lost_when_the_server_is_killed(server: KillableServer) -> None:
    _survive(server, 3)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="signals of POSIX")
def test_nothing_acknowledged_is_lost_when_the_server_is_killed_fifty_times(server: KillableServer) -> None:
    _survive(server, 50)
