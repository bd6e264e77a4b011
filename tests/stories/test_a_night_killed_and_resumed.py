"""A night that is killed at every step ends as if nothing had happened. Real processes, the real recipe."""

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx2
import openai
import psutil
import pytest
from tests.waiting import PATIENCE_S, until

from customers import Town
from teacher import Teacher

# the killed server leaves connections of the teacher and the customers half open
pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ROOT = Path(__file__).parents[2]
STEPS = (
    "find_patterns",
    "build_dataset",
    "plan_levers",
    "draft_candidate rules",
    "draft_candidate adapter",
    "choose_candidate",
    "compare_with_incumbent",
    "passes_gate",
    "start_canary",
    "watch_canary",
    "promote",
)
SETTINGS = """
[curate]
scorer = "exact"
[evaluate]
max_tokens = 24
[train]
learning_rate = 3e-3
epochs = 20
threads = 1
batch_size = 16
gradient_accumulation = 1
max_length = 96
[deploy]
canary_share = 0.5
threads = 1
[cycle]
disk_free_gb = 0.5
training_every_s = 0.3
canary_every_s = 0.3
nightly = false
"""


class Site:
    """A data folder, and the server that owns it at the moment."""

    def __init__(self, data: Path, source: Path) -> None:
        self.data, self.source = data, source
        self.server: subprocess.Popen[bytes] | None = None

    def start(self, deadly: str = "never") -> None:
        """Start the server; it dies when the deadly step is reached."""
        (self.data / "server.json").unlink(missing_ok=True)
        program = [sys.executable, str(ROOT / "tests/stories/serve_and_die.py"), deadly]
        self.server = subprocess.Popen(
            [*program, "serve", "--port", "0", "--data", str(self.data)],
            env={**os.environ, "PYTHONPATH": str(self.source)},
        )
        record, server = self.data / "server.json", self.server
        until(lambda: record.exists() or server.poll() is not None, "the server did not start")

    @property
    def url(self) -> str:
        return str(json.loads((self.data / "server.json").read_text())["url"])

    @property
    def key(self) -> str:
        return (self.data / "key").read_text().strip()

    def is_dead(self) -> bool:
        return self.server is None or self.server.poll() is not None

    def ask(self, path: str, **body: Any) -> Any:
        """Ask the API; a body makes it a POST."""
        method = "POST" if body else "GET"
        mine = {"authorization": f"Bearer {self.key}"}
        answer = httpx2.request(
            method, self.url + path, json=body or None, headers=mine, timeout=30, trust_env=False
        )
        assert answer.status_code < 300, answer.text
        return answer.json()

    def stop(self) -> None:
        if self.server:
            self.server.kill()
            self.server.wait()


def _programs(name: str, data: Path) -> int:
    found = 0
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        found += any(name in word for word in words) and any(str(data) in word for word in words)
    return found


def _talk(site: Site, town: Town, day: str, until: Any, conversations: int = 2000) -> None:
    """Let customers talk until the night is over or the server dead."""
    gone = (openai.APIError, httpx2.HTTPError)
    with contextlib.suppress(*gone):
        asyncio.run(Town(site.url, town.agent, town.seed, site.key).day(day, conversations, until=until))


@pytest.fixture
def site(tmp_path: Path) -> Any:
    source = tmp_path / "src"
    shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("__pycache__"))
    data = tmp_path / "data"
    data.mkdir()
    (data / "upspiral.toml").write_text(SETTINGS)
    site = Site(data, source)
    yield site
    site.stop()


def _live_one_night(site: Site, deadly: list[str], calls: Path) -> dict[str, Any]:
    """A day, then a night whose server is killed at each deadly step in turn; gives the night."""
    with Teacher(7, calls) as teacher:
        site.start()
        site.ask(
            "/api/v1/agents",
            name="support",
            model={"model": f"local:{ROOT / 'examples/support_desk/model'}"},
            teacher={"model": "openai-compatible:teacher", "url": teacher},
            max_tokens=24,
        )
        town = Town(site.url, "support", 7, site.key)
        asyncio.run(town.day("day", 1000))
        acknowledged = site.ask("/api/v1/status")["interactions"]
        site.stop()
        begun = False
        for number, moment in enumerate([*deadly, "never"]):
            site.start(moment)
            begun = begun or _begin(site)
            _run_until_dead_or_over(site, town, f"canary {number}")
            if moment != "never":
                assert site.is_dead(), f"over before {moment}: {site.ask('/api/v1/history')}"
            until(lambda: _programs("sft_lora.py", site.data) <= int(not site.is_dead()))
            if number == 0:
                night = site.source / "upspiral/cycle/night.py"
                night.write_text(night.read_text() + "\n# A comment that was not there before the kill.\n")
        [cycle] = [one["id"] for one in site.ask("/api/v1/cycles")["items"]]
        seen: dict[str, Any] = site.ask(f"/api/v1/cycles/{cycle}")
        assert site.ask("/api/v1/status")["interactions"] >= acknowledged
        return seen


def _begin(site: Site) -> bool:
    """Begin the night; the server may be killed before it can say that it did."""
    with contextlib.suppress(httpx2.HTTPError):
        site.ask("/api/v1/cycles", agent="support")
    return True


def _run_until_dead_or_over(site: Site, town: Town, day: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not site.is_dead():
        assert time.monotonic() < deadline, "the night hangs"
        try:
            [night] = site.ask("/api/v1/cycles")["items"]
            seen = site.ask(f"/api/v1/cycles/{night['id']}")
        except (OSError, httpx2.HTTPError, ValueError):
            continue
        if seen["cycle"]["ended"]:
            return
        if seen["deployment"] and seen["deployment"]["state"] == "canary":
            enough = time.monotonic() + 4
            _talk(site, town, day, lambda enough=enough: site.is_dead() or time.monotonic() > enough, 400)
            day += "+"
        time.sleep(0.1)


def _check(site: Site, seen: dict[str, Any], calls: Path) -> None:
    assert seen["cycle"]["ending"] == "promoted", seen["cycle"]["reason"]
    steps = Counter((event["step"], event["what"]) for event in seen["events"])
    assert set(steps.values()) == {1}
    asked = Counter(calls.read_text().split())
    assert max(asked.values()) <= 2  # only what was under way at a kill is asked again, under the same id
    assert sum(count - 1 for count in asked.values()) <= 8
    assert len(list((site.data / "artifacts").iterdir())) == 1
    assert len(list((site.data / "runs").iterdir())) == 1
    history = site.ask("/api/v1/history")["items"]
    assert [night["ending"] for night in history] == ["promoted"]
    [status] = site.ask("/api/v1/status")["agents"]
    made = ["support@1", "support@2", "support@3"]  # the first, a draft with examples, the trained one
    assert [version["version"] for version in status["versions"]] == made
    assert status["live"] == "support@3"
    site.stop()
    until(lambda: _programs("sft_lora.py", site.data) == 0)


@pytest.mark.timeout(3600)
def test_a_night_killed_as_each_step_starts_is_finished_by_the_next_starts(
    site: Site, tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    seen = _live_one_night(site, [f"{step}:started" for step in STEPS], calls)
    _check(site, seen, calls)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_night_killed_as_each_step_finishes_is_finished_by_the_next_starts(
    site: Site, tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    seen = _live_one_night(site, [f"{step}:finished" for step in STEPS], calls)
    _check(site, seen, calls)
