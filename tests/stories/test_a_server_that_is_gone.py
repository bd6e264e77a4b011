"""Two servers on one PostgreSQL: one is killed for good, and the other goes on with its canary."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.conftest import fresh_database
from tests.waiting import until

from upspiral.domain import Arm
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.store import Store
from upspiral.testing import FakeProvider

QUICK = {
    "UPSPIRAL_CYCLE_LEASE_S": "5",
    "UPSPIRAL_CYCLE_CANARY_EVERY_S": "2",
    "UPSPIRAL_CYCLE_NIGHTLY": "false",
}


class Server:
    """One of several servers on a database, with a data folder of its own."""

    def __init__(self, url: str, data: Path) -> None:
        self.data = data
        words = ["serve", "--port", "0", "--data", str(data), "--database", url]
        program = [sys.executable, "-m", "upspiral.cli.main", *words]
        self.process = subprocess.Popen(program, env={**os.environ, **QUICK})
        self.url = ""

    def wait(self) -> None:
        """Wait until it serves."""
        record = self.data / "server.json"
        until(lambda: record.exists() or self.process.poll() is not None)
        self.url = json.loads(record.read_text())["url"]

    def ask(self, method: str, path: str, key: str, **more: Any) -> Any:
        """Ask the API."""
        headers = {"authorization": f"Bearer {key}", **more.pop("headers", {})}
        answer = httpx2.request(method, self.url + path, headers=headers, timeout=60, trust_env=False, **more)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def kill(self) -> None:
        """End it as by a power cut."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def servers(postgres_url: str, tmp_path: Path) -> Iterator[tuple[str, Server, Server]]:
    url = fresh_database(postgres_url)
    first, second = Server(url, tmp_path / "a"), Server(url, tmp_path / "b")
    try:
        first.wait()
        second.wait()
        yield url, first, second
    finally:
        for one in (first, second):
            one.kill()


def _begin_canary(server: Server, key: str, provider: str) -> str:
    """Make an agent with two versions and let the second out beside the first; give the night."""
    model = {"model": "openai-compatible:gpt", "url": provider}
    server.ask("POST", "/api/v1/agents", key, json={"name": "shop", "model": model})
    server.ask("POST", "/api/v1/agents/shop/versions", key, json={"rules": ["Be brief."]})
    body = {"agent": "shop", "story": "deploy", "version": "2", "share": 0.5}
    cycle: str = server.ask("POST", "/api/v1/cycles", key, json=body)["id"]
    return cycle


def _is_out(server: Server, key: str, cycle: str) -> bool:
    seen = server.ask("GET", f"/api/v1/cycles/{cycle}", key)
    return bool(seen["deployment"]) and any(e["step"] == "watch_canary" for e in seen["events"])


@pytest.mark.timeout(900)
def test_the_other_server_goes_on_with_the_canary_of_one_that_is_killed_for_good(
    servers: tuple[str, Server, Server],
) -> None:
    url, first, second = servers
    key = (first.data / "key").read_text().strip()
    with FakeProvider() as provider, Store(url) as store:
        cycle = _begin_canary(first, key, provider.url)
        until(lambda: _is_out(first, key, cycle))
        first.kill()
        for n in range(90):
            body = {"model": "shop", "messages": [{"role": "user", "content": f"Question {n}?"}]}
            header = {"x-conversation-id": f"c{n}"}
            said = second.ask("POST", "/v1/chat/completions", key, json=body, headers=header)
            turn = store.interactions.get(DEFAULT_WORKSPACE, said["id"])
            thumbs = "down" if turn.arm == Arm.CANARY else "up"
            second.ask("POST", "/api/v1/feedback", key, json={"interaction": turn.id, "thumbs": thumbs})
        until(lambda: second.ask("GET", f"/api/v1/cycles/{cycle}", key)["cycle"]["ended"])
        seen = second.ask("GET", f"/api/v1/cycles/{cycle}", key)
        assert (seen["cycle"]["ending"], seen["deployment"]["state"]) == ("rolled_back", "rolled_back")
        again = {"agent": "shop", "story": "deploy", "version": "2"}
        next_one = second.ask("POST", "/api/v1/cycles", key, json=again)["id"]
        ended = second.ask("POST", f"/api/v1/cycles/{next_one}/cancel", key, json={})
        assert ended["ending"] == "cancelled"


@pytest.mark.timeout(900)
def test_a_rollback_through_the_other_server_ends_the_night_at_once(
    servers: tuple[str, Server, Server],
) -> None:
    _, first, second = servers
    key = (first.data / "key").read_text().strip()
    with FakeProvider() as provider:
        cycle = _begin_canary(first, key, provider.url)
        until(lambda: _is_out(first, key, cycle))
        with contextlib.suppress(httpx2.HTTPError):
            first.kill()
        second.ask("POST", "/api/v1/deployments/rollback", key, json={"agent": "shop"})
        seen = second.ask("GET", f"/api/v1/cycles/{cycle}", key)["cycle"]
        assert seen["ending"] == "rolled_back"
        body = {"agent": "shop", "story": "deploy", "version": "2"}
        assert second.ask("POST", "/api/v1/cycles", key, json=body)["id"] != cycle
