"""Requests with an idempotency key, sent to every server and again after kills, are done exactly once."""

import random
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest
from tests.conftest import fresh_database
from tests.stories.killable import KillableServer

from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.store import Store

SENDERS = 4
"""Threads for each server."""


class Senders:
    """Threads that send every key to their server until it says that it is done."""

    def __init__(self, key: str, count: int) -> None:
        self._headers = {"authorization": f"Bearer {key}"}
        self._count = count
        self.refused: Counter[str] = Counter()
        """Answers that neither said done nor asked to wait."""
        self.done = 0
        self.allowed = 0.0
        """So many keys are sent before the next kill: one after the last of them would prove nothing."""
        self._counting = threading.Lock()

    def run(self, server: KillableServer, part: int) -> None:
        """Send every fourth key, in an order that every server shares."""
        with httpx2.Client(headers=self._headers, timeout=60, trust_env=False) as client:
            for number in range(part, self._count, SENDERS):
                while number >= self.allowed or not self._send(client, server, number):
                    time.sleep(0.05)
                with self._counting:
                    self.done += 1

    def _send(self, client: httpx2.Client, server: KillableServer, number: int) -> bool:
        body = {"agent": "once", "conversation": f"c{number}", "messages": [{"role": "user", "content": "x"}]}
        try:
            answer = client.post(
                f"{server.url}/api/v1/interactions", json=body, headers={"idempotency-key": f"key-{number}"}
            )
        except httpx2.HTTPError:
            return False
        if answer.status_code != 201 and "retry-after" not in answer.headers:
            self.refused[f"{answer.status_code} {answer.text[:200]}"] += 1
        return answer.status_code == 201


def check_once(servers: list[KillableServer], url: str, *, keys: int, kills: int) -> None:
    """Send every key to every server, kill some on the way, and count what is kept."""
    rng = random.Random(0)
    for server in servers:
        server.start()
    senders = Senders((servers[0].data / "key").read_text().strip(), keys)
    work = [(senders.run, (server, part)) for server in servers for part in range(SENDERS)]
    threads = [threading.Thread(target=run, args=args) for run, args in work]
    for thread in threads:
        thread.start()
    burst = keys / (kills + 1)
    for kill in range(kills):
        senders.allowed = burst * (kill + 1)
        moment = len(servers) * burst * (kill + rng.uniform(0.1, 0.6))
        while senders.done < moment:
            time.sleep(0.005)
        victim = rng.choice(servers)
        victim.kill()
        assert senders.done < len(servers) * senders.allowed - SENDERS, "nothing was under way at the kill"
        victim.start()
    senders.allowed = float("inf")
    for thread in threads:
        thread.join()
    for server in servers:
        server.kill()
    assert not senders.refused
    with Store(url) as store:
        kept = store.interactions.latest(DEFAULT_WORKSPACE, AgentId("once"), limit=10**6)
        assert store.attempts.total(DEFAULT_WORKSPACE) == keys
    assert len(kept) == len({one.conversation for one in kept}) == keys


@pytest.fixture
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[list[KillableServer], str]:
    """One server on SQLite, or two on one PostgreSQL, and where their store is."""
    if request.param == "sqlite":
        return [KillableServer(tmp_path / "one", None)], str(tmp_path / "one" / "upspiral.db")
    url = fresh_database(request.getfixturevalue("postgres_url"))
    return [KillableServer(tmp_path / name, url) for name in ("one", "two")], url


@pytest.mark.timeout(900)
@pytest.mark.parametrize("servers", ["sqlite", "postgres"], indirect=True)
def test_what_is_sent_twice_is_done_once_through_a_kill(servers: tuple[list[KillableServer], str]) -> None:
    with ExitStack() as ended:
        for server in servers[0]:
            ended.callback(server.kill)
        check_once(*servers, keys=100, kills=1)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("servers", "kills"), [("sqlite", 5), ("postgres", 20)], indirect=["servers"])
def test_ten_thousand_sends_are_done_once_through_twenty_kills(
    servers: tuple[list[KillableServer], str], kills: int
) -> None:
    with ExitStack() as ended:
        for server in servers[0]:
            ended.callback(server.kill)
        check_once(*servers, keys=10_000 // len(servers[0]), kills=kills)
