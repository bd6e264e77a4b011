"""Does the loop close? Three days and three nights of a small shop, live, measured, nothing scripted.

Starts a real server, lets simulated customers talk to it through the OpenAI client, and runs the nights
through the command line. Every number in the end is read back from `upspiral status` and `history`.
"""

import argparse
import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from customers import Day, Town
from teacher import Teacher

HERE = Path(__file__).parent

AGENT = "support"
SETTINGS = """# Small and quick; no filter removes poison, so that the gate is what stops it.
[curate]
scorer = "exact"
corrections = "trusted"
replay_ratio = 0.6

[evaluate]
scorer = "exact"
max_tokens = 24

[train]
rank = 16
alpha = 32
learning_rate = 3e-3
epochs = 8
batch_size = 16
gradient_accumulation = 1
max_length = 96
threads = 1

[deploy]
canary_share = 0.5
threads = 1

[cycle]
training_every_s = 0.5
canary_every_s = 0.5
"""
console = Console(highlight=False)


class Command:
    """A command under way; what it prints goes to a file, so that it never waits for a reader."""

    def __init__(self, words: list[str]) -> None:
        self._words = words
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed when read
        program = [sys.executable, "-m", "upspiral.cli.main"]
        self._process = subprocess.Popen([*program, *words], stdout=self._said, text=True)

    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def result(self) -> Any:
        """Wait for its end and give what it printed."""
        self._process.wait()
        self._said.seek(0)
        said = self._said.read()
        self._said.close()
        if not said.strip():
            sys.exit(f"A command failed: upspiral {' '.join(self._words)}")
        return json.loads(said)


class Shop:
    """A running server and the commands that talk to it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Shop":
        self._server = subprocess.Popen(
            [sys.executable, "-m", "upspiral.cli.main", "serve", "--port", "0", "--data", str(self.data)]
        )
        while not (self.data / "server.json").exists():
            if self._server.poll() is not None:
                sys.exit("The server did not start; its words stand above.")
            time.sleep(0.1)
        self.url = json.loads((self.data / "server.json").read_text())["url"]
        return self

    def __exit__(self, *_: object) -> None:
        if self._server:
            self._server.terminate()
            self._server.wait(20)

    def command(self, *words: str) -> "Command":
        """Start a command of the command line."""
        return Command([*words, "--json", "--data", str(self.data)])

    def ask(self, *words: str) -> Any:
        """Run a command and give what it prints."""
        return self.command(*words).result()


def with_traffic(shop: Shop, town: Town, name: str, command: Command) -> tuple[Any, Day]:
    """Let customers talk while a night runs, from the moment its canary is out."""
    waits = _until_canary(shop, command)
    day = asyncio.run(town.day(name, 3000, until=command.is_over)) if waits else Day()
    return command.result(), day


def _until_canary(shop: Shop, command: Command) -> bool:
    while not command.is_over():
        asked = {"agent": AGENT}
        found = httpx2.get(f"{shop.url}/api/v1/deployments", params=asked, trust_env=False).json()
        if any(deployment["state"] == "canary" for deployment in found):
            return True
        time.sleep(0.3)
    return False


def tell_day(day: Day) -> None:
    """Tell how a day went in truth; the product itself sees only what customers said."""
    share = 100 * day.right / max(1, day.conversations)
    console.print(
        f"   {day.conversations} conversations, {day.rated} rated; {share:.1f} % were answered right."
    )


def tell_night(night: dict[str, Any]) -> None:
    """Tell a night in two lines."""
    cycle = night["cycle"]
    if night["patterns"]:
        names = "; ".join(pattern["name"] for pattern in night["patterns"][:4])
        console.print(f"   {len(night['patterns'])} weaknesses: {names} ...")
    if night["report"]:
        overall = night["report"]["overall"]
        gain = 100 * (overall["candidate_rate"] - overall["incumbent_rate"])
        console.print(
            f"   held-out: {100 * overall['incumbent_rate']:.1f} % "
            f"to {100 * overall['candidate_rate']:.1f} % ({gain:+.1f} points, "
            f"interval {100 * overall['gain_low']:+.1f} to {100 * overall['gain_high']:+.1f})"
        )
    console.print(f"   [bold]{cycle['ending']}[/]: {cycle['reason']}", soft_wrap=True)


def story(shop: Shop, town: Town, *, conversations: int) -> None:
    """Live the three days and nights."""

    def say(text: str) -> None:
        console.print(f"[bold cyan]{time.monotonic() - began:5.0f} s[/] {text}")

    began = time.monotonic()
    say("Day 1: customers ask; the model knows half of the topics and says so of the others.")
    tell_day(asyncio.run(town.day("day 1", conversations)))
    say("Night 1: find, rewrite, teach, prove, let out under live traffic.")
    night, _ = with_traffic(shop, town, "canary 1", shop.command("improve", AGENT))
    tell_night(night)
    say("Day 2: a colluding tenth of the customers calls right answers wrong.")
    tell_day(asyncio.run(town.day("day 2", conversations, poisoned=True)))
    say("Night 2: the poisoned candidate meets the gate.")
    night = shop.ask("improve", AGENT)
    tell_night(night)
    if night["candidate"]:
        say("Forced past the gate by hand, it meets honest customers.")
        version = str(night["candidate"]["number"])
        forced, _ = with_traffic(
            shop, town, "canary 2", shop.command("deploy", AGENT, version, "--share", "0.5")
        )
        tell_night(forced)
    say("Day 3: an honest day.")
    tell_day(asyncio.run(town.day("day 3", conversations)))
    say("Night 3.")
    tell_night(shop.ask("improve", AGENT))
    say("done.")


def summary(shop: Shop) -> None:
    """Tell the end, every number read back from what is stored."""
    status, nights = shop.ask("status"), shop.ask("history")
    table = Table(title="What happened", title_justify="left")
    for name in ("night", "ending", "held-out before → after", "gain (95 %)", "canary", "stable"):
        table.add_column(name)
    for night in reversed(nights):
        table.add_row(*_row(night))
    console.print(table)
    for version in status["agents"][0]["versions"]:
        rate = version["success"]
        if rate["n"]:
            console.print(
                f"{version['version']}: {100 * rate['rate']:.1f} % of {rate['n']} rated conversations "
                f"went well (interval {100 * rate['low']:.1f} to {100 * rate['high']:.1f})"
                f"{' - live' if version['live'] else ''}"
            )
    console.print(f"\nEverything is in {status['database']}; look again with")
    console.print(
        f"  upspiral status --data {shop.data}\n  upspiral serve --data {shop.data}", soft_wrap=True
    )


def _row(night: dict[str, Any]) -> list[str]:
    def share(part: int, whole: int) -> str:
        return f"{100 * part / whole:.0f} % of {whole}" if whole else ""

    held_out = gain = ""
    if night["gain"] is not None:
        held_out = f"{100 * night['incumbent_rate']:.1f} → {100 * night['candidate_rate']:.1f} %"
        gain = (
            f"{100 * night['gain']:+.1f} ({100 * night['gain_low']:+.1f} to {100 * night['gain_high']:+.1f})"
        )
    deployment = night["deployment"] or {}
    canary = share(deployment.get("canary_successes", 0), deployment.get("canary_n", 0))
    stable = share(deployment.get("stable_successes", 0), deployment.get("stable_n", 0))
    return [night["story"], night["ending"] or "", held_out, gain, canary, stable]


def main(argv: list[str] | None = None, *, tell: Callable[[Shop], None] = summary) -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("demo-data"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--conversations", type=int, default=1400)
    parser.add_argument("--no-teacher", action="store_true", help="take the teacher away")
    chosen = parser.parse_args(argv)
    shutil.rmtree(chosen.data, ignore_errors=True)
    chosen.data.mkdir(parents=True)
    (chosen.data / "upspiral.toml").write_text(SETTINGS)
    with Teacher(chosen.seed) as teacher, Shop(chosen.data) as shop:
        taught = (
            [] if chosen.no_teacher else ["--teacher", "openai-compatible:teacher", "--teacher-url", teacher]
        )
        model = f"local:{HERE / 'model'}"
        shop.ask("agents", "create", AGENT, "--model", model, "--max-tokens", "24", *taught)
        story(shop, Town(shop.url, AGENT, chosen.seed), conversations=chosen.conversations)
        tell(shop)


if __name__ == "__main__":
    main()
