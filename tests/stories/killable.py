"""A real server that a test kills and starts again."""

import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path


class KillableServer:
    """A server that is killed from time to time, and started again."""

    def __init__(self, data: Path, database: str | None = None) -> None:
        self.data, self._database = data, database
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        self.data.mkdir(exist_ok=True)
        (self.data / "server.json").unlink(missing_ok=True)
        words = [sys.executable, "-m", "upspiral.cli.main", "serve", "--port", "0", "--data", str(self.data)]
        words += ["--database", self._database] if self._database else []
        self._process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 240
        while not (self.data / "server.json").exists():
            assert self._process.poll() is None, "the server did not start"
            assert time.monotonic() < deadline, "the server is too slow"
            time.sleep(0.05)

    @property
    def url(self) -> str:
        """Where it answers now; nowhere while it starts."""
        with suppress(OSError, ValueError):
            return str(json.loads((self.data / "server.json").read_text())["url"])
        return "http://127.0.0.1:9"

    def kill(self) -> None:
        """Kill it as a power cut would, and wait until it is gone."""
        if self._process:
            self._process.kill()
            self._process.wait()
