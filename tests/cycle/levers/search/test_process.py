"""The search runs in a process of its own that knows no key, and whose end ends nothing else."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from upspiral.cycle.levers.search import process
from upspiral.cycle.levers.search.process import SearchTask, run_search
from upspiral.errors import ProviderTimeout, UpspiralError

pytestmark = pytest.mark.process
TASK = SearchTask(instructions="Be kind.", failed=[0, 1, 2, 3], all=[0, 1, 2, 3, 4, 5], answers=40, seed=7)


class Longer:
    """Finds that longer instructions are better, and writes longer ones."""

    def __init__(self, *, stop_after: int = 1_000) -> None:
        self.asked: list[tuple[str, str, tuple[int, ...]]] = []
        self._stop_after = stop_after

    async def score(self, instructions: str, cases: Sequence[int]) -> list[float] | None:
        self.asked.append(("score", instructions, tuple(cases)))
        return None if len(self.asked) > self._stop_after else [len(instructions) / 1000 for _ in cases]

    async def propose(self, instructions: str, cases: Sequence[int]) -> str | None:
        self.asked.append(("propose", instructions, tuple(cases)))
        return None if len(self.asked) > self._stop_after else f"{instructions} And kinder."


def _run_program(monkeypatch: pytest.MonkeyPatch, folder: Path, source: str) -> list[str]:
    program = folder / "program.py"
    program.write_text(source)
    monkeypatch.setattr(process, "PROGRAM", program)
    return asyncio.run(run_search(TASK, Longer()))


def test_what_was_found_comes_best_first_and_the_same_search_asks_the_same() -> None:
    one, other = Longer(), Longer()
    found = asyncio.run(run_search(TASK, one))
    assert found == sorted(found, key=len, reverse=True)
    assert len(found) > 1
    assert asyncio.run(run_search(TASK, other)) == found
    assert one.asked == other.asked


def test_a_search_whose_questions_are_answered_no_more_ends_with_what_it_has() -> None:
    replies = Longer(stop_after=9)
    found = asyncio.run(run_search(TASK, replies))
    assert len(replies.asked) == 10
    assert found
    assert all(text.startswith(TASK.instructions) for text in found)


def test_no_key_of_ours_is_in_its_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("UPSPIRAL_SECRET", "secret")
    said = _run_program(
        monkeypatch,
        tmp_path,
        "import json, os; print(json.dumps({'found': [f'{k}={v}' for k, v in os.environ.items()]}))",
    )
    assert said
    assert "secret" not in str(said)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("raise RuntimeError('no such thing')", "RuntimeError: no such thing"),
        ("print('Hello')", "its process ended"),
        ("pass", "its process ended"),
    ],
)
def test_a_search_that_fails_says_why(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str, why: str
) -> None:
    with pytest.raises(UpspiralError, match=why):
        _run_program(monkeypatch, tmp_path, source)


def test_a_search_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(process, "MAX_SILENCE_S", 0.5)
    with pytest.raises(UpspiralError, match="said nothing for too long"):
        _run_program(monkeypatch, tmp_path, "import time; time.sleep(600)")


def test_what_our_models_raise_goes_on_as_it_is_and_no_process_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Broken(Longer):
        async def score(self, instructions: str, cases: Sequence[int]) -> list[float] | None:
            raise ProviderTimeout

    started: list[int] = []
    start = asyncio.create_subprocess_exec

    async def remember(*args: str, **options: object) -> asyncio.subprocess.Process:
        child = await start(*args, **options)  # type: ignore[arg-type]
        started.append(child.pid)
        return child

    monkeypatch.setattr(asyncio, "create_subprocess_exec", remember)
    with pytest.raises(ProviderTimeout):
        asyncio.run(run_search(TASK, Broken()))
    deadline = time.monotonic() + 30
    while Path(f"/proc/{started[0]}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert started[0] != os.getpid()
