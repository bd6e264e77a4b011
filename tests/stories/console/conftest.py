"""What stories in a browser use: a server of a planted workspace, and Chromium."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import httpx2
import pytest
from tests.server.console.site import Site, plant_site
from tests.waiting import PATIENCE_S, until

from upspiral.app import App
from upspiral.config import load

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is missing: no story in a browser")
ROOT = Path(__file__).parents[3]
AXE = ROOT / "scripts" / "assets" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
OPTIONS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
Scheme = Literal["light", "dark"]


class Server:
    """A server of a planted workspace, in a process of its own."""

    def __init__(self, data: Path) -> None:
        self.data = data
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

    def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask the API."""
        headers = {"authorization": f"Bearer {self.key}"}
        url = self.url + path
        answer = httpx2.request(method, url, headers=headers, timeout=PATIENCE_S, trust_env=False, **more)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def _answers(self) -> bool:
        try:
            return httpx2.get(f"{self.url}/health", timeout=PATIENCE_S, trust_env=False).status_code == 200
        except httpx2.HTTPError:
            return False


class Window:
    """A browser window that notes every error of its pages and every request to another host."""

    def __init__(self, context: Any, server: Server) -> None:
        self.page, self.server = context.new_page(), server
        self.page.set_default_timeout(PATIENCE_S * 1000)
        self.faults: list[str] = []
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", self._note_request)

    def open(self, path: str) -> None:
        """Open a page of the server."""
        self.page.goto(self.server.url + path)

    def check_accessible(self) -> None:
        """See that axe-core finds nothing on the page."""
        if not AXE.exists():
            pytest.skip("axe-core is missing: run `make assets` (it needs npm)")
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate("axe.run().then((one) => one.violations)")
        told = [f"{one['id']}: {node['html']}" for one in found for node in one["nodes"]]
        assert not told, "\n".join([self.page.url, *told])

    def _note(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"{message.type}: {message.text}")

    def _note_request(self, request: Any) -> None:
        if not request.url.startswith((self.server.url, "data:")):
            self.faults.append(f"request to {request.url}")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a planted workspace."""
    running = Server(tmp_path_factory.mktemp("console") / "data")
    yield running
    running.process.terminate()
    running.process.wait()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Chromium without a window."""
    if CHROMIUM is None:
        pytest.skip("Chromium is missing: no story in a browser (apt-get install chromium)")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(chromium: Any, server: Server) -> Any:
    """The cookies of a browser that followed the link of `upspiral console`."""
    context = chromium.new_context()
    window = Window(context, server)
    link = server.command("console").strip()
    window.page.goto(link)
    window.page.get_by_role("button", name="Sign in").click()
    window.page.wait_for_url(f"{server.url}/")
    state = context.storage_state()
    context.close()
    return state
