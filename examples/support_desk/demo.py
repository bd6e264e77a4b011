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
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from customers import Day, Town
from teacher import Teacher
from upspiral.testing.site import Command, Site

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
disk_free_gb = 0.5
training_every_s = 0.5
canary_every_s = 0.5
"""
console = Console(highlight=False)


def with_traffic(shop: Site, town: Town, name: str, command: Command) -> tuple[Any, Day]:
    """Let customers talk while a night runs, from the moment its canary is out."""
    waits = shop.wait_for_canary(AGENT, command)
    day = asyncio.run(town.day(name, 3000, until=command.is_over)) if waits else Day()
    return command.result(), day


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


def story(shop: Site, town: Town, *, conversations: int) -> None:
    """Live the three days and nights."""

    def say(text: str) -> None:
        console.print(f"[bold cyan]{time.monotonic() - began:5.0f} s[/] {text}")

    began = time.monotonic()
    say("Day 1: customers ask; the model knows half of the topics and says so of the others.")
    tell_day(asyncio.run(town.day("day 1", conversations)))
    say("Night 1: find, rewrite, teach, prove, roll out under live traffic.")
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


def summary(shop: Site) -> None:
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
    with Teacher(chosen.seed) as teacher, Site(chosen.data) as shop:
        taught = (
            [] if chosen.no_teacher else ["--teacher", "openai-compatible:teacher", "--teacher-url", teacher]
        )
        model = f"local:{HERE / 'model'}"
        shop.ask("agents", "create", AGENT, "--model", model, "--max-tokens", "24", *taught)
        story(shop, Town(shop.url, AGENT, chosen.seed, shop.key), conversations=chosen.conversations)
        tell(shop)


if __name__ == "__main__":
    main()
