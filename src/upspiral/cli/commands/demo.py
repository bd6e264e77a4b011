"""Run the tiny world."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from upspiral.errors import ConfigError, UpspiralError
from upspiral.subprocess_env import TERMINAL, child_environment

PLACES = (Path(__file__).parents[2] / "demo", Path(__file__).parents[4] / "examples" / "support_desk")
"""In an installed package, and in a checkout."""


def demo(
    data: Annotated[
        Path, typer.Option("--data", help="Folder for the demo; what it holds is replaced.")
    ] = Path("demo-data"),
    seed: Annotated[int, typer.Option(help="Of customers and teacher; another one, another story.")] = 0,
    conversations: Annotated[int, typer.Option(help="Conversations a day.")] = 2000,
    teacher: Annotated[bool, typer.Option(help="Is there a teacher?")] = True,
) -> None:
    """Live three days and three nights of a small shop, in about five minutes."""
    place = next((place for place in PLACES if (place / "demo.py").exists()), None)
    if place is None:
        raise ConfigError(
            "The demo's world is not installed.", hint="Run it from a checkout of the repository."
        )
    words = ["--data", str(data), "--seed", str(seed), "--conversations", str(conversations)]
    words += [] if teacher else ["--no-teacher"]
    program = [sys.executable, str(place / "demo.py"), *words]
    ended = subprocess.run(program, check=False, env=child_environment(*TERMINAL))  # noqa: S603
    if ended.returncode:
        raise UpspiralError(
            f"The demo ended with exit code {ended.returncode}.", hint="Its last words stand above."
        )


COMMANDS = (demo,)
