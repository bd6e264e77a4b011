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
def app(data: Path) -> Iterator[App]:
    with App(load(data=data)) as opened:
        yield opened


def _set_clock(monkeypatch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    monkeypatch.setattr(Runtime, "now", lambda _: datetime.now(UTC) + ahead)


def _record(app: App, make: Maker, age: timedelta) -> None:
    at = datetime.now(UTC) - age
    capture.record(app.runtime.store, make.interaction(at=at), now=at)


@pytest.mark.parametrize("days", [2, 400])
def test_a_clock_that_jumped_ahead_deletes_nothing(
    app: App, make: Maker, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    for age in (1, 100):
        _record(app, make, timedelta(days=age))
    _set_clock(monkeypatch, timedelta(days=days))
    with pytest.raises(Conflict, match="clock cannot be right"):
        app.purge()
    assert app.runtime.store.interactions.total(DEFAULT_WORKSPACE) == 2
    assert "clock cannot be right" in app.run_routine("purge").said
    _set_clock(monkeypatch, timedelta())
    _record(app, make, timedelta())
    assert app.purge() == 1


def test_a_jump_is_noticed_though_something_was_recorded_after_it(
    app: App, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    _record(app, make, timedelta(days=1))
    _set_clock(monkeypatch, timedelta(days=400))
    _record(app, make, -timedelta(days=400))
    with pytest.raises(Conflict, match="jumped ahead by 400"):
        app.purge()


def test_a_server_started_on_a_wrong_clock_deletes_nothing(
    data: Path, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with App(load(data=data)) as app:
        _record(app, make, timedelta(days=1))
    _set_clock(monkeypatch, timedelta(days=400))
    with App(load(data=data)) as app, pytest.raises(Conflict, match="newest record"):
        app.purge()


def test_routines_that_began_on_a_wrong_clock_are_due_again(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set_clock(monkeypatch, timedelta(days=400))
    app.begin_due()
    before = {one.name: one.began for one in app.runtime.store.schedules.list_rows(DEFAULT_WORKSPACE)}
    assert "trust" in before
    _set_clock(monkeypatch, timedelta())
    app.begin_due()
    after = {one.name: one.began for one in app.runtime.store.schedules.list_rows(DEFAULT_WORKSPACE)}
    assert after["trust"] < before["trust"]
    app.begin_due()
    again = {one.name: one.began for one in app.runtime.store.schedules.list_rows(DEFAULT_WORKSPACE)}
    assert again["trust"] == after["trust"]
