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
def app(tmp_path: Path) -> Iterator[App]:
    quick = {"training_every_s": 0.1, "canary_every_s": 0.1, "lease_s": 3}
    with App(load(data=tmp_path / "data", cycle=quick)) as opened:
        yield opened


def _until(condition: Callable[[], Any], seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.05)


def _seen(app: App, cycle: Cycle) -> Cycle:
    return app.runtime.store.cycles.get(DEFAULT_WORKSPACE, cycle.id)


def test_a_night_cancelled_while_a_teacher_is_asked_asks_no_more(app: App, make: Maker) -> None:
    with FakeProvider(moods=("stall",), stall_s=3) as teacher:
        _day(app, make, teacher)
        cycle = app.begin(CycleKind.IMPROVE, SUPPORT)
        _until(lambda: teacher.calls)
        ended = app.cancel(cycle.id, reason="Enough.")
        assert (ended.ending, ended.reason) == (Ending.CANCELLED, "Enough.")
        _until(lambda: not app.engine.threads.runs(cycle.id))
        asked = len(teacher.calls)
        with pytest.raises(Conflict, match="ended already"):
            app.cancel(cycle.id)
        again = app.begin(CycleKind.CURATE, SUPPORT)  # another may begin at once
        app.cancel(again.id)
    assert asked < 60  # of twice 90
    assert _seen(app, cycle) == ended


def test_a_night_cancelled_in_its_training_leaves_no_process(app: App, make: Maker, tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/sft_lora.py").write_text(SLEEPER)
    trainer = app.runtime.trainer = LocalTrainer(tmp_path / "recipes")
    with FakeProvider(lambda _asked: "It left this morning.") as teacher:
        _day(app, make, teacher)
        cycle = app.begin(CycleKind.IMPROVE, SUPPORT)
        _until(lambda: trainer._children)
        [child] = trainer._children.values()
        _until(lambda: _seen(app, cycle).job)
        app.cancel(cycle.id)
    _until(lambda: not psutil.pid_exists(child.pid) or child.poll() is not None)
    job = app.runtime.store.training_jobs.get(DEFAULT_WORKSPACE, _seen(app, cycle).job or "")
    assert job.state == JobState.CANCELLED
    assert _seen(app, cycle).ending == Ending.CANCELLED


def _break_store(app: App, monkeypatch: pytest.MonkeyPatch, broken: list[bool], *, all_: bool) -> None:
    """Let a step of the night find a full disk, as long as it is; and everybody else, or nobody."""
    events, executors = app.runtime.store.cycle_events, app.runtime.store.executors
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
    app: App, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [True]
    _break_store(app, monkeypatch, broken, all_=True)
    _day(app, make, None)
    cycle = app.begin(CycleKind.IMPROVE, SUPPORT)
    _until(lambda: app.engine.interruptions[cycle.id])
    assert _seen(app, cycle).ended is None
    broken[0] = False
    _until(lambda: _seen(app, cycle).ended)
    assert _seen(app, cycle).ending == Ending.RESTED, _seen(app, cycle).reason


def test_a_night_whose_store_fails_again_and_again_fails_with_the_reason_and_another_may_begin(
    app: App, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [True]
    _break_store(app, monkeypatch, broken, all_=False)
    _day(app, make, None)
    cycle = app.begin(CycleKind.IMPROVE, SUPPORT)
    _until(lambda: _seen(app, cycle).ended)
    assert _seen(app, cycle).ending == Ending.FAILED, _seen(app, cycle).reason
    assert "The disk is full." in _seen(app, cycle).reason
    broken[0] = False
    assert _night(app).ending == Ending.RESTED
