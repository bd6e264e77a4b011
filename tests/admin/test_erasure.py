"""Nothing is deleted on a clock that jumped, and what is asked for by hand works where the disk is full."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Maker

from upspiral import capture
from upspiral.app import App
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import Conflict
from upspiral.runtime import Runtime


@pytest.fixture
def spiral(tmp_path: Path) -> Iterator[App]:
    with App(load(data=tmp_path)) as opened:
        yield opened


def _set_clock(monkeypatch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    monkeypatch.setattr(Runtime, "now", lambda _: datetime.now(UTC) + ahead)


def _record(spiral: App, make: Maker, age: timedelta) -> None:
    at = datetime.now(UTC) - age
    capture.record(spiral.runtime.store, make.interaction(at=at), now=at)


@pytest.mark.parametrize("days", [2, 400])
def test_a_clock_that_jumped_ahead_deletes_nothing(
    spiral: App, make: Maker, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    for age in (1, 100):
        _record(spiral, make, timedelta(days=age))
    _set_clock(monkeypatch, timedelta(days=days))
    with pytest.raises(Conflict, match="clock cannot be right"):
        spiral.purge()
    assert spiral.runtime.store.interactions.total(DEFAULT_WORKSPACE) == 2
    assert "clock cannot be right" in spiral.run_routine("purge").said
    _set_clock(monkeypatch, timedelta())
    _record(spiral, make, timedelta())
    assert spiral.purge() == 1


def test_a_jump_is_noticed_though_something_was_recorded_after_it(
    spiral: App, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    _record(spiral, make, timedelta(days=1))
    _set_clock(monkeypatch, timedelta(days=400))
    _record(spiral, make, -timedelta(days=400))
    with pytest.raises(Conflict, match="jumped ahead by 400"):
        spiral.purge()


def test_a_server_started_on_a_wrong_clock_deletes_nothing(
    tmp_path: Path, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with App(load(data=tmp_path)) as spiral:
        _record(spiral, make, timedelta(days=1))
    _set_clock(monkeypatch, timedelta(days=400))
    with App(load(data=tmp_path)) as spiral, pytest.raises(Conflict, match="newest record"):
        spiral.purge()


def test_routines_that_began_on_a_wrong_clock_are_due_again(
    spiral: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set_clock(monkeypatch, timedelta(days=400))
    spiral.begin_due()
    before = {one.name: one.began for one in spiral.runtime.store.schedules.list_rows(DEFAULT_WORKSPACE)}
    assert "trust" in before
    _set_clock(monkeypatch, timedelta())
    spiral.begin_due()
    after = {one.name: one.began for one in spiral.runtime.store.schedules.list_rows(DEFAULT_WORKSPACE)}
    assert after["trust"] < before["trust"]
    spiral.begin_due()
    again = {one.name: one.began for one in spiral.runtime.store.schedules.list_rows(DEFAULT_WORKSPACE)}
    assert again["trust"] == after["trust"]
