"""A night can be ended at any moment, and one that lost its store or its thread goes on or says why not."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.conftest import Maker
from tests.stories.test_a_night_that_fails import SUPPORT, _day, _night

from upspiral.app import App
from upspiral.config import load
from upspiral.domain import Cycle, CycleKind, Ending, JobState
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import Conflict, StoreError
from upspiral.testing import FakeProvider
from upspiral.train.local import LocalTrainer

SLEEPER = "import time\ntime.sleep(600)\n"


@pytest.fixture
def spiral(tmp_path: Path) -> Iterator[App]:
    quick = {"training_every_s": 0.1, "canary_every_s": 0.1, "lease_s": 3}
    with App(load(data=tmp_path / "data", cycle=quick)) as opened:
        yield opened


def _until(condition: Callable[[], Any], seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def _seen(spiral: App, cycle: Cycle) -> Cycle:
    return spiral.runtime.store.cycles.get(DEFAULT_WORKSPACE, cycle.id)


def test_a_night_cancelled_while_a_teacher_is_asked_asks_no_more(spiral: App, make: Maker) -> None:
    with FakeProvider(moods=("stall",), stall_s=3) as teacher:
        _day(spiral, make, teacher)
        cycle = spiral.begin(CycleKind.IMPROVE, SUPPORT)
        _until(lambda: teacher.calls)
        ended = spiral.cancel(cycle.id, reason="Enough.")
        assert (ended.ending, ended.reason) == (Ending.CANCELLED, "Enough.")
        _until(lambda: not spiral.engine.threads.runs(cycle.id))
        asked = len(teacher.calls)
        with pytest.raises(Conflict, match="ended already"):
            spiral.cancel(cycle.id)
        again = spiral.begin(CycleKind.CURATE, SUPPORT)  # another may begin at once
        spiral.cancel(again.id)
    assert asked < 60  # of twice 90
    assert _seen(spiral, cycle) == ended


def test_a_night_cancelled_in_its_training_leaves_no_process(
    spiral: App, make: Maker, tmp_path: Path
) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/sft_lora.py").write_text(SLEEPER)
    trainer = spiral.runtime.trainer = LocalTrainer(tmp_path / "recipes")
    with FakeProvider(lambda _asked: "It left this morning.") as teacher:
        _day(spiral, make, teacher)
        cycle = spiral.begin(CycleKind.IMPROVE, SUPPORT)
        _until(lambda: trainer._children)
        [child] = trainer._children.values()
        _until(lambda: _seen(spiral, cycle).job)
        spiral.cancel(cycle.id)
    _until(lambda: not psutil.pid_exists(child.pid) or child.poll() is not None)
    job = spiral.runtime.store.training_jobs.get(DEFAULT_WORKSPACE, _seen(spiral, cycle).job or "")
    assert job.state == JobState.CANCELLED
    assert _seen(spiral, cycle).ending == Ending.CANCELLED


def _break_store(spiral: App, monkeypatch: pytest.MonkeyPatch, broken: list[bool], *, all_: bool) -> None:
    """Let a step of the night find a full disk, as long as it is; and everybody else, or nobody."""
    events, executors = spiral.runtime.store.cycle_events, spiral.runtime.store.executors
    write, say = events.insert_ignore, executors.upsert

    def full(*rows: Any) -> None:
        if broken[0] and any(row.step == "build_dataset" for row in rows):
            raise StoreError("The disk is full.")
        write(*rows)

    def say_if_there_is_room(*rows: Any) -> None:
        if broken[0] and all_:
            raise StoreError("The disk is full.")
        say(*rows)

    monkeypatch.setattr(events, "insert_ignore", full)
    monkeypatch.setattr(executors, "upsert", say_if_there_is_room)


def test_a_night_whose_disk_was_full_goes_on_once_there_is_room(
    spiral: App, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [True]
    _break_store(spiral, monkeypatch, broken, all_=True)
    _day(spiral, make, None)
    cycle = spiral.begin(CycleKind.IMPROVE, SUPPORT)
    _until(lambda: spiral.engine.interruptions[cycle.id])
    assert _seen(spiral, cycle).ended is None
    broken[0] = False
    _until(lambda: _seen(spiral, cycle).ended)
    assert _seen(spiral, cycle).ending == Ending.RESTED, _seen(spiral, cycle).reason


def test_a_night_whose_store_fails_again_and_again_fails_with_the_reason_and_another_may_begin(
    spiral: App, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [True]
    _break_store(spiral, monkeypatch, broken, all_=False)
    _day(spiral, make, None)
    cycle = spiral.begin(CycleKind.IMPROVE, SUPPORT)
    _until(lambda: _seen(spiral, cycle).ended)
    assert _seen(spiral, cycle).ending == Ending.FAILED, _seen(spiral, cycle).reason
    assert "The disk is full." in _seen(spiral, cycle).reason
    broken[0] = False
    assert _night(spiral).ending == Ending.RESTED
