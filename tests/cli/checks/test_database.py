"""Each thing that the doctor looks at is broken for real: it says what to do, and what it mends is whole."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.checks.looking import check_mended, check_told, look, opened
from tests.cli.running import run
from tests.conftest import Maker
from tests.store.schemas import upgrade_to

from upspiral import capture
from upspiral.app import App
from upspiral.config import load
from upspiral.domain import Cycle, PendingFeedback
from upspiral.domain.feedback import FeedbackTarget
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId, FeedbackId
from upspiral.domain.schedule import Schedule
from upspiral.store import Store

pytestmark = pytest.mark.long


def test_a_schema_that_is_behind_is_upgraded(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with Store(str(data / "upspiral.db")) as store:
        upgrade_to(store, "0026")
    check_mended(data, "database", "database")


def test_a_schema_of_a_newer_version_is_left_alone(data: Path) -> None:
    with Store(str(data / "upspiral.db")) as store, store.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    check_told(data, "database", "database")


def test_a_damaged_page_is_told(data: Path, make: Maker) -> None:
    with opened(data) as app:
        turns = [make.interaction(f"Question {n}?", "Answer. " * 200) for n in range(200)]
        capture.record(app.runtime.store, *turns, now=make.tick())
    file = data / "upspiral.db"
    whole = bytearray(file.read_bytes())
    middle = len(whole) // 2 // 8192 * 8192
    whole[middle : middle + 8192] = b"\xff" * 8192
    file.write_bytes(whole)
    check_told(data, "database", "rows")


@pytest.mark.parametrize("how", ["removed", "revoked", "of another installation"])
def test_a_key_that_opens_nothing_is_renewed(data: Path, how: str) -> None:
    with opened(data) as app:
        (key,) = app.runtime.store.keys.of(DEFAULT_WORKSPACE)
        if how == "revoked":
            app.runtime.store.keys.revoke(DEFAULT_WORKSPACE, key.id, app.runtime.now())
    if how == "removed":
        (data / "key").unlink()
    elif how != "revoked":
        (data / "key").write_text("ups_0123456789\n")
    check_mended(data, "keys", "keys")
    assert run("agents", "list", data=data).returncode == 0


def test_feedback_that_was_never_joined_is(data: Path, make: Maker) -> None:
    with opened(data) as app:
        turn = make.interaction()
        waiting = PendingFeedback(
            id=FeedbackId("p1"),
            workspace=DEFAULT_WORKSPACE,
            by=FeedbackTarget.INTERACTION,
            key=turn.id,
            at=make.tick(),
            signal=make.feedback(turn, 1.0),
        )
        app.runtime.store.early_feedback.add(waiting)
        capture.record(app.runtime.store, turn, now=make.tick())
    check_mended(data, "feedback", "feedback")
    with opened(data) as app:
        assert app.runtime.store.feedback.total(DEFAULT_WORKSPACE) == 1


def test_a_schedule_that_failed_is_done_again(data: Path) -> None:
    with opened(data) as app:
        failed = Schedule(
            workspace=DEFAULT_WORKSPACE,
            name="raters",
            began=app.runtime.now(),
            ended=app.runtime.now(),
            said="It failed: the disk was full.",
        )
        app.runtime.store.schedules.upsert(failed)
    broken = look(data, "schedules")["schedule raters"]
    assert (broken["ok"], broken["fix"]) == (False, True)
    assert look(data, "schedules", "--fix")["schedules"]["ok"]


def test_a_clock_that_is_behind_the_records_is_told(data: Path, make: Maker) -> None:
    with opened(data) as app:
        later = make.interaction(at=datetime.now(UTC) + timedelta(days=400))
        capture.record(app.runtime.store, later, now=make.tick())
    check_told(data, "clock", "clock")


def test_a_night_that_nobody_runs_is_told_and_goes_on_once_a_server_starts(data: Path) -> None:
    now = datetime.now(UTC)
    night = Cycle(
        id=CycleId("cyc1"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("support"),
        started=now - timedelta(hours=1),
        since=now - timedelta(days=1),
        until=now,
    )
    with opened(data) as app:
        app.runtime.store.cycles.add(night)
    check_told(data, "schedules", "nights")
    with App(load(data=data)):
        assert look(data, "schedules")["nights"]["ok"]
