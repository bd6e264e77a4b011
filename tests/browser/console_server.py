"""A server of a planted workspace, in a process of its own, for tests in a browser."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
from playwright.sync_api import Browser, StorageState
from tests.server.console.site import Site, plant_site
from tests.waiting import PATIENCE_S, until

from upspiral.app import App
from upspiral.config import load


class Server:
    """A server of a planted workspace, in a process of its own.

    Args:
        data: The data folder, which is made.
        settings: Of its `upspiral.toml`.
    """

    def __init__(self, data: Path, *, settings: str = "") -> None:
        self.data = data
        data.mkdir(parents=True)
        (data / "upspiral.toml").write_text(settings)
        with App(load(data=data), nights=False) as app:
            self.site: Site = plant_site(app, is_running=False)
        self.environment = {**os.environ, "UPSPIRAL_CYCLE_NIGHTLY": "false"}
        words = ["serve", "--port", "0", "--data", str(data)]
        self.process = subprocess.Popen(self.program(words), env=self.environment)
        record = data / "server.json"
        until(lambda: record.exists() or self.process.poll() is not None)
        self.url: str = json.loads(record.read_text())["url"]
        self.key = (data / "key").read_text().strip()
        until(self._answers)

    def program(self, words: list[str]) -> list[str]:
        """Give the command line of `upspiral`."""
        return [sys.executable, "-m", "upspiral.cli.main", *words]

    def command(self, *words: str) -> str:
        """Run a command on the data folder; give what it prints."""
        program = self.program([*words, "--data", str(self.data)])
        done = subprocess.run(program, env=self.environment, check=True, capture_output=True, text=True)
        return done.stdout

    def client(self) -> httpx2.Client:
        """Give a client of the REST API."""
        mine = {"authorization": f"Bearer {self.key}"}
        return httpx2.Client(base_url=self.url, headers=mine, timeout=PATIENCE_S, trust_env=False)

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask the API."""
        with self.client() as rest:
            answer = rest.request(method, path, **more)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/health", timeout=PATIENCE_S, trust_env=False).status_code == 200
        except httpx2.HTTPError:
            return False


def sign_in(browser: Browser, server: Server) -> StorageState:
    """Follow the link of `upspiral console`; give the cookies that came of it."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE_S * 1000)
    page = context.new_page()
    page.goto(server.command("console").strip())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{server.url}/")
    state = context.storage_state()
    context.close()
    return state
