"""A night can be ended at any moment, and leaves nothing running."""

from pathlib import Path

import psutil
import pytest
from tests.conftest import Maker
from tests.cycle.waiting import seen, until
from tests.stories.failing_day import SUPPORT, live_a_day

from upspiral.app import App
from upspiral.domain import CycleKind, Ending, JobState
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import Conflict
from upspiral.testing import FakeProvider
from upspiral.train.local import LocalTrainer

pytestmark = pytest.mark.process
SLEEPER = "import time\ntime.sleep(600)\n"


def test_a_night_cancelled_while_a_teacher_is_asked_asks_no_more(app: App, make: Maker) -> None:
    with FakeProvider(moods=("stall",), stall_s=3) as teacher:
        live_a_day(app, make, teacher)
        cycle = app.begin(CycleKind.IMPROVE, SUPPORT)
        until(lambda: teacher.calls)
        ended = app.cancel(cycle.id, reason="Enough.")
        assert (ended.ending, ended.reason) == (Ending.CANCELLED, "Enough.")
        until(lambda: not app.engine.threads.runs(cycle.id))
        asked = len(teacher.calls)
        with pytest.raises(Conflict, match="ended already"):
            app.cancel(cycle.id)
        again = app.begin(CycleKind.CURATE, SUPPORT)  # another may begin at once
        app.cancel(again.id)
    assert asked < 60  # of twice 90
    assert seen(app, cycle) == ended


def test_a_night_cancelled_in_its_training_leaves_no_process(app: App, make: Maker, tmp_path: Path) -> None:
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes/sft_lora.py").write_text(SLEEPER)
    trainer = app.runtime.trainer = LocalTrainer(tmp_path / "recipes")
    with FakeProvider(lambda _asked: "It left this morning.") as teacher:
        live_a_day(app, make, teacher)
        cycle = app.begin(CycleKind.IMPROVE, SUPPORT)
        until(lambda: trainer._children)
        [child] = trainer._children.values()
        until(lambda: seen(app, cycle).job)
        app.cancel(cycle.id)
    until(lambda: not psutil.pid_exists(child.pid) or child.poll() is not None)
    job = app.runtime.store.training_jobs.get(DEFAULT_WORKSPACE, seen(app, cycle).job or "")
    assert job.state == JobState.CANCELLED
    assert seen(app, cycle).ending == Ending.CANCELLED
