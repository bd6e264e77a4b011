"""How does a test or an example run the whole product? A real server, and commands that talk to it."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import httpx2

PROGRAM = (sys.executable, "-m", "upspiral.cli.main")


class Command:
    """A command under way; what it prints goes to a file, so that it never waits for a reader."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed when read
        self._process = subprocess.Popen([*PROGRAM, *words], stdout=self._said, text=True)  # noqa: S603

    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def result(self) -> Any:
        """Wait for its end and give what it printed, as JSON.

        Raises:
            RuntimeError: It printed nothing; its complaint stands on the standard error.
        """
        code = self._process.wait()
        self._said.seek(0)
        said = self._said.read()
        self._said.close()
        if not said.strip():
            raise RuntimeError(f"upspiral {' '.join(self._words)} ended with exit code {code}.")
        return json.loads(said)


class Site:
    """A running server on a data folder, as a context manager.

    Args:
        data: The data folder; its `upspiral.toml` counts.
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        self.url = ""
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        place = ["--data", str(self.data)]
        self._server = subprocess.Popen([*PROGRAM, "serve", "--port", "0", *place])  # noqa: S603
        while not (self.data / "server.json").exists():
            if self._server.poll() is not None:
                raise RuntimeError("The server did not start; its words stand above.")
            time.sleep(0.1)
        self.url = json.loads((self.data / "server.json").read_text())["url"]
        return self

    def __exit__(self, *_: object) -> None:
        if self._server:
            self._server.terminate()
            self._server.wait(20)

    @property
    def key(self) -> str:
        """The key of the local commands."""
        return (self.data / "key").read_text().strip()

    def client(self) -> httpx2.Client:
        """Give a client of the REST API."""
        mine = {"authorization": f"Bearer {self.key}"}
        return httpx2.Client(base_url=self.url, headers=mine, timeout=60, trust_env=False)

    def command(self, *words: str) -> Command:
        """Start a command on this data folder, with `--json`."""
        return Command([*words, "--json", "--data", str(self.data)])

    def ask(self, *words: str) -> Any:
        """Run a command and give what it prints."""
        return self.command(*words).result()

    def wait_for_canary(self, agent: str, command: Command) -> bool:
        """Wait until a night of the agent has rolled a canary out; False where it ends without one."""
        while not command.is_over():
            query = {"agent": agent}
            with self.client() as rest:
                found = rest.get("/api/v1/deployments", params=query).json()["items"]
            if any(deployment["state"] == "canary" for deployment in found):
                return True
            time.sleep(0.3)
        return False
