"""Nothing is deleted on a clock that jumped, and an erasure that was cut off is finished later."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.conftest import Maker

from upspiral import capture
from upspiral.admin.erasure import finish_erasures
from upspiral.app import App
from upspiral.capture.attachments import Attachments
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.message import FilePart
from upspiral.errors import Conflict
from upspiral.runtime import Runtime
from upspiral.store import Store


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


def _give_picture(app: App, make: Maker, end_user: str) -> str:
    """Record an answer with a picture; give the hash of its file."""
    picture = FilePart(
        media="image",
        media_type="image/png",
        data=base64.b64encode(b"canary of " + end_user.encode()).decode(),
    )
    one = make.interaction(end_user=end_user, answer_parts=(picture,))
    kept = app.runtime.admission(DEFAULT_WORKSPACE).interaction(one)
    capture.record(app.runtime.store, kept)
    return next(part.sha256 or "" for part in kept.answer_parts if isinstance(part, FilePart))


def _find_canary(data: Path) -> list[str]:
    return [
        str(path) for path in data.rglob("*") if path.is_file() and b"canary of anna" in path.read_bytes()
    ]


@pytest.mark.parametrize("cut", ["remove", "compact"])
def test_an_erasure_that_was_cut_off_is_finished_at_the_next_start(
    data: Path, make: Maker, monkeypatch: pytest.MonkeyPatch, cut: str
) -> None:
    """The process dies once the rows are gone, and before the files are, or before the log is emptied."""
    place = (Attachments, "remove") if cut == "remove" else (Store, "compact")
    with App(load(data=data)) as app:
        _give_picture(app, make, "anna")
        _give_picture(app, make, "ben")
        assert _find_canary(data)
        with monkeypatch.context() as patch:
            patch.setattr(place[0], place[1], _die)
            with pytest.raises(KeyboardInterrupt):
                app.erase(end_user="anna")
        [begun] = app.runtime.store.erasures.list_rows(DEFAULT_WORKSPACE)
        assert begun.finished is None
        assert begun.files
    with App(load(data=data)) as app:
        [done] = app.runtime.store.erasures.list_rows(DEFAULT_WORKSPACE)
    assert (done.finished is not None, done.files) == (True, ())
    assert _find_canary(data) == []
    assert len(list((data / "attachments").rglob("*/??/*"))) == 1  # what ben sent is still there


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_where_the_log_cannot_be_emptied_the_erasure_says_that_it_is_not_finished(
    app: App, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    _give_picture(app, make, "anna")
    with monkeypatch.context() as patch:
        patch.setattr(app.runtime.disk, "problem", lambda: "The disk is full.")
        assert app.erase(end_user="anna").finished is None
    assert finish_erasures(app.runtime) == 1
    assert finish_erasures(app.runtime) == 0
