"""How is the search run? As a child process that is asked nothing and asks for everything, line by line."""

import asyncio
import contextlib
import os
import signal
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import msgspec
from msgspec import Struct

from upspiral.errors import UpspiralError
from upspiral.subprocess_env import child_environment

PROGRAM = Path(__file__).with_name("gepa_program.py")
MAX_LINE_BYTES = 1 << 22
MAX_SILENCE_S = 120.0
"""GEPA thinks for milliseconds; a child that says nothing for so long hangs."""


class SearchTask(Struct, frozen=True, kw_only=True):
    """What is searched for."""

    instructions: str
    """Those to begin with."""
    failed: list[int]
    """Numbers of the cases that proposals are made from."""
    all: list[int]
    """Numbers of the cases that instructions are measured by."""
    answers: int
    """To so many cases the search may ask for answers; it stops at the first round after that."""
    seed: int
    """The same search asks the same again."""


class SearchQuestion(Struct, frozen=True):
    """A line of the child."""

    ask: str = ""
    instructions: str = ""
    cases: tuple[int, ...] = ()
    found: list[str] | None = None
    """The last line: what did better, the best first."""


class SearchReplies(Protocol):
    """Who answers the search."""

    async def score(self, instructions: str, cases: Sequence[int]) -> list[float] | None:
        """Say how well cases are answered under instructions, 0 to 1; None to end the search."""
        ...

    async def propose(self, instructions: str, cases: Sequence[int]) -> str | None:
        """Propose better instructions for cases; empty where none is admitted, None to end the search."""
        ...


def is_installed() -> bool:
    """Say whether the extra `prompts` is there."""
    return find_spec("gepa") is not None


async def run_search(task: SearchTask, replies: SearchReplies) -> list[str]:
    """Search for better instructions.

    Args:
        task: What is searched for.
        replies: Who answers the child.

    Returns:
        What did better than the instructions that were there, the best first.

    Raises:
        UpspiralError: The search failed; what `replies` raised goes on as it is.
    """
    with tempfile.TemporaryDirectory(prefix="upspiral-search-") as folder:
        log = Path(folder) / "output.log"
        async with _start(Path(folder), log) as child:
            said: object = task
            while (asked := await _exchange(child, said, log)).found is None:
                if asked.ask == "scores":
                    answer: object = await replies.score(asked.instructions, asked.cases)
                else:
                    answer = await replies.propose(asked.instructions, asked.cases)
                said = {asked.ask: answer, "stop": answer is None}
            return asked.found


@contextlib.asynccontextmanager
async def _start(folder: Path, log: Path) -> AsyncIterator[Process]:
    with log.open("wb") as output:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-u", str(PROGRAM)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=output,
            cwd=folder,
            env=child_environment(),
            start_new_session=True,
            limit=MAX_LINE_BYTES,
        )
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()


async def _exchange(child: Process, said: object, log: Path) -> SearchQuestion:
    """Write a line to the child and read the next one of it."""
    if child.stdin is None or child.stdout is None:
        raise UpspiralError("The search for instructions has no pipes.")
    try:
        child.stdin.write(msgspec.json.encode(said) + b"\n")
        await child.stdin.drain()
        line = await asyncio.wait_for(child.stdout.readline(), MAX_SILENCE_S)
        return msgspec.json.decode(line, type=SearchQuestion)
    except (TimeoutError, ConnectionError, ValueError) as error:  # a line too long is a ValueError
        raise UpspiralError(f"The search for instructions failed: {_read_last_words(log)}") from error


def _read_last_words(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1][:300] if lines else "its process ended, or said nothing for too long."
