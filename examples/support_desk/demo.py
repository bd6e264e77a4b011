"""Does the loop close? Three days and three nights of a small shop, live, measured, nothing scripted.

Starts a real server, lets simulated customers talk to it through its OpenAI-compatible gateway, and runs
the nights through the command line. Every number in the end is read back from `upspiral status` and
`history`.
"""

import argparse
import asyncio
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from customers import Day, Town
from hosted import NAME as HOSTED_MODEL
from hosted import HostedModel
from teacher import Teacher
from upspiral.testing.site import Site

HERE = Path(__file__).parent

AGENT, HOSTED = "support", "hosted-support"
"""One on a model of one's own that is trained, one on a model behind somebody else's API that cannot be."""
HOSTED_SHARE = 0.5
"""So many conversations the second agent has, for each of the first."""
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
disk_free_gb = 0.5
training_every_s = 0.5
canary_every_s = 0.5
"""
console = Console(highlight=False)


@dataclass(frozen=True)
class Desk:
    """One agent, and everyone who may call it."""

    shop: Site
    agent: str
    seed: int

    @property
    def town(self) -> Town:
        """Who calls."""
        return Town(self.shop.url, self.agent, self.seed, self.shop.key)

    def live(self, name: str, conversations: int, *, poisoned: bool = False) -> None:
        """Let customers talk for a day, and tell how it went."""
        tell_day(asyncio.run(self.town.day(f"{self.agent} {name}", conversations, poisoned=poisoned)))

    def with_traffic(self, name: str, *words: str) -> Any:
        """Run a command; customers talk from the moment its canary is out until it has ended."""
        command = self.shop.command(*words)
        if self.shop.wait_for_canary(self.agent, command):
            asyncio.run(self.town.day(f"{self.agent} {name}", 3000, until=command.is_over))
        return command.result()


def tell_day(day: Day) -> None:
    """Tell how a day went in truth; the product itself sees only what customers said."""
    share = 100 * day.right / max(1, day.conversations)
    console.print(
        f"   {day.conversations} conversations, {day.rated} rated; {share:.1f} % were answered right."
    )


def tell_night(night: dict[str, Any]) -> None:
    """Tell a night in a few lines."""
    cycle = night["cycle"]
    for trial in night["levers"]:
        if trial["state"] == "chosen":
            console.print(f"   lever {trial['lever']}: {trial['reason']}", soft_wrap=True)
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


def story(own: Desk, hosted: Desk, *, conversations: int) -> None:
    """Live the three days and nights."""

    def say(text: str) -> None:
        console.print(f"[bold cyan]{time.monotonic() - began:5.0f} s[/] {text}")

    began = time.monotonic()
    say("Day 1: customers ask; the model knows half of the topics.")
    own.live("day 1", conversations)
    say(f"Day 1 of {HOSTED}, on a hosted model that nobody can train.")
    hosted.live("day 1", round(HOSTED_SHARE * conversations))
    say("Night 1: find, rewrite, teach, prove, roll out under live traffic.")
    tell_night(own.with_traffic("canary 1", "improve", own.agent))
    say(f"Night 1 of {HOSTED}: it is shown right answers to like questions.")
    tell_night(hosted.with_traffic("canary 1", "improve", hosted.agent))
    say("Day 2: a colluding tenth of the customers calls right answers wrong.")
    own.live("day 2", conversations, poisoned=True)
    say("Night 2: the poisoned candidate meets the gate.")
    night = own.shop.ask("improve", own.agent)
    tell_night(night)
    if night["candidate"]:
        say("Forced past the gate by hand, it meets honest customers.")
        version = str(night["candidate"]["number"])
        tell_night(own.with_traffic("canary 2", "deploy", own.agent, version, "--share", "0.5"))
    say("Day 3: an honest day.")
    own.live("day 3", conversations)
    say("Night 3.")
    tell_night(own.shop.ask("improve", own.agent))
    say("done.")


def summary(shop: Site) -> None:
    """Tell the end, every number read back from what is stored."""
    status, nights = shop.ask("status"), shop.ask("history")
    for agent in status["agents"]:
        mine = [night for night in reversed(nights) if night["agent"] == agent["agent"]]
        console.print(_table(agent["agent"], mine))
        for version in agent["versions"]:
            if version["success"]["n"]:
                console.print(f"   {_describe_version(version)}", soft_wrap=True)
    console.print(f"\nEverything is in {status['database']}; look again with", soft_wrap=True)
    console.print(
        f"  upspiral status --data {shop.data}\n  upspiral serve --data {shop.data}", soft_wrap=True
    )


def _table(agent: str, nights: list[dict[str, Any]]) -> Table:
    table = Table(title=f"What happened to {agent}", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("night", "lever", "ending", "held-out", "gain (95 %)", "canary", "stable"):
        table.add_column(name)
    for night in nights:
        table.add_row(*_row(night))
    return table


def _describe_version(version: dict[str, Any]) -> str:
    rate = version["success"]
    return (
        f"{version['version']}: {100 * rate['rate']:.1f} % of {rate['n']} rated conversations went well "
        f"({100 * rate['low']:.1f} to {100 * rate['high']:.1f}){' - live' if version['live'] else ''}"
    )


def _row(night: dict[str, Any]) -> list[str]:
    def share(part: int, whole: int) -> str:
        return f"{100 * part / whole:.0f} %\nof {whole}" if whole else ""

    held_out = gain = ""
    if night["gain"] is not None:
        held_out = f"{100 * night['incumbent_rate']:.1f} to\n{100 * night['candidate_rate']:.1f} %"
        low, high = 100 * night["gain_low"], 100 * night["gain_high"]
        gain = f"{100 * night['gain']:+.1f}\n{low:+.1f} to {high:+.1f}"
    deployment = night["deployment"] or {}
    canary = share(deployment.get("canary_successes", 0), deployment.get("canary_n", 0))
    stable = share(deployment.get("stable_successes", 0), deployment.get("stable_n", 0))
    told = (night["story"], night["lever"] or "", night["ending"] or "")
    return [*told, held_out, gain, canary, stable]


def main(argv: list[str] | None = None, *, tell: Callable[[Site], None] = summary) -> None:
    """Run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("demo-data"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--conversations", type=int, default=2000)
    parser.add_argument("--no-teacher", action="store_true", help="take the teacher away")
    chosen = parser.parse_args(argv)
    shutil.rmtree(chosen.data, ignore_errors=True)
    chosen.data.mkdir(parents=True)
    (chosen.data / "upspiral.toml").write_text(SETTINGS)
    with Teacher(chosen.seed) as teacher, HostedModel() as provider, Site(chosen.data) as shop:
        taught = (
            [] if chosen.no_teacher else ["--teacher", "openai-compatible:teacher", "--teacher-url", teacher]
        )
        own = [f"local:{HERE / 'model'}", "--max-tokens", "24"]
        shop.ask("agents", "create", AGENT, "--model", *own, *taught)
        shop.ask("agents", "edit", AGENT, "--lever", "adapter")  # so that the poison meets the gate
        theirs = [f"openai-compatible:{HOSTED_MODEL}", "--url", provider.url]
        shop.ask("agents", "create", HOSTED, "--model", *theirs, *taught)
        desks = (Desk(shop, name, chosen.seed) for name in (AGENT, HOSTED))
        story(*desks, conversations=chosen.conversations)
        tell(shop)


if __name__ == "__main__":
    main()
