"""The services of the compose file, as processes of this machine instead of containers."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import yaml  # type: ignore[import-untyped]
from tests.waiting import until

COMPOSE = Path(__file__).parents[2] / "deploy" / "compose.yaml"
QUICK = {
    "UPSPIRAL_CYCLE_LEASE_S": "30",
    "UPSPIRAL_CYCLE_CANARY_EVERY_S": "2",
    "UPSPIRAL_CYCLE_NIGHTLY": "false",
}
"""A takeover within a minute, though a busy machine may hold a worker up for seconds; no nights but ours."""


def read_compose() -> dict[str, Any]:
    """Read the compose file."""
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text())
    return found


class Composed:
    """One service's command as a process, with its environment; on a port of its own."""

    def __init__(self, service: str, *, url: str, data: Path) -> None:
        described = read_compose()["services"][service]
        command = list(described["command"])
        for option, value in (("--host", "127.0.0.1"), ("--port", "0")):
            if option in command:
                command[command.index(option) + 1] = value
        places = {"UPSPIRAL_DATA": str(data), "UPSPIRAL_DATABASE_URL": url}
        variables = {**described["environment"], **places, **QUICK}
        self._log = data.parent / f"{service}-{os.urandom(4).hex()}.out"
        with self._log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "upspiral.cli.main", *command],
                env={**os.environ, **variables},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        """What it has printed."""
        return self._log.read_text()

    def wait(self) -> str:
        """Wait until it says where it answers; give the address."""
        until(lambda: "Ctrl-C" in self.said or self.process.poll() is not None)
        found = re.search(r"at (http://\S+)", self.said)
        assert found, self.said
        return found[1]

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()


def ask(url: str, method: str, path: str, key: str, **more: Any) -> Any:
    """Ask the API."""
    headers = {"authorization": f"Bearer {key}", **more.pop("headers", {})}
    answer = httpx2.request(method, url + path, headers=headers, timeout=60, trust_env=False, **more)
    assert answer.status_code < 300, answer.text
    return answer.json()
