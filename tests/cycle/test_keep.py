"""A night that lost its store goes on once there is room, or says why not."""

from typing import Any

import pytest
from tests.conftest import Maker
from tests.cycle.waiting import seen, until
from tests.stories.failing_day import SUPPORT, live_a_day
from tests.stories.test_a_night_that_fails import _night

from upspiral.app import App
from upspiral.cycle import steps
from upspiral.domain import CycleKind, Ending
from upspiral.errors import StoreError

pytestmark = pytest.mark.long


@pytest.fixture(autouse=True)
def served(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take it that the live version answers; its host takes long to start."""
    monkeypatch.setattr(steps, "_check_answers", lambda *_: None)


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
    live_a_day(app, make, None)
    cycle = app.begin(CycleKind.IMPROVE, SUPPORT)
    until(lambda: app.engine.interruptions[cycle.id])
    assert seen(app, cycle).ended is None
    broken[0] = False
    until(lambda: seen(app, cycle).ended)
    assert seen(app, cycle).ending == Ending.RESTED, seen(app, cycle).reason


def test_a_night_whose_store_fails_again_and_again_fails_with_the_reason_and_another_may_begin(
    app: App, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = [True]
    _break_store(app, monkeypatch, broken, all_=False)
    live_a_day(app, make, None)
    cycle = app.begin(CycleKind.IMPROVE, SUPPORT)
    until(lambda: seen(app, cycle).ended)
    assert seen(app, cycle).ending == Ending.FAILED, seen(app, cycle).reason
    assert "The disk is full." in seen(app, cycle).reason
    broken[0] = False
    assert _night(app).ending == Ending.RESTED
