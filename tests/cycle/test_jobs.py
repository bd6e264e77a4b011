"""Of everything that recurs, each time is done once, whoever looks at the clock."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from upspiral.admin.database import find_problems
from upspiral.admin.workspaces import set_rhythm
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.jobs import MAX_FAILURES, Recurring, list_rhythms, run_due_jobs, run_now
from upspiral.domain import Workspace
from upspiral.domain.ids import WorkspaceId
from upspiral.errors import InvalidInput, NotFound, StoreError


def _workspace(app: App) -> Workspace:
    return app.runtime.store.workspaces.all()[0]


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    schedule = dict.fromkeys(("raters", "refresh", "learning", "weaknesses", "purge", "next_turn"), "off")
    with App(load(data=data, schedule={**schedule, "trust": "every 24h"})) as opened:
        yield opened


def test_what_is_due_is_done_once_and_says_what_came_of_it(app: App) -> None:
    for _ in range(3):
        run_due_jobs(app.runtime, _workspace(app), {"trust": lambda: "Three agents."})
    (done,) = app.runtime.store.schedules.list_rows(app.workspace)
    assert (done.name, done.said) == ("trust", "Three agents.")
    assert done.ended
    assert done.ended >= done.began


def test_of_two_servers_on_one_store_one_does_it(app: App) -> None:
    calls: list[str] = []

    def busy() -> str:
        calls.append("first")
        other = run_due_jobs(app.runtime, _workspace(app), {"trust": lambda: "by the second"})
        return f"meanwhile {len(other)} others"

    (done,) = run_due_jobs(app.runtime, _workspace(app), {"trust": busy})
    assert calls == ["first"]
    assert done.said == "meanwhile 0 others"


def test_what_is_off_is_not_done_but_can_be_asked_for(app: App) -> None:
    assert run_due_jobs(app.runtime, _workspace(app), {"purge": lambda: "no"}) == []
    assert run_now(app.runtime, app.workspace, "purge", lambda: "Nothing was old.").said


def test_a_failure_is_said_and_leaves_the_others_alone(app: App) -> None:
    def fails() -> str:
        raise StoreError("The disk is full.")

    (done,) = run_due_jobs(app.runtime, _workspace(app), {"trust": fails})
    assert "The disk is full." in done.said


def test_a_rhythm_set_for_a_workspace_holds_there_from_its_next_moment_on(app: App) -> None:
    runtime, name = app.runtime, app.workspace
    set_rhythm(runtime, name, "purge", "every 1h")
    assert list_rhythms(runtime, name)["purge"].rhythm == "every 1h"
    assert list_rhythms(runtime, WorkspaceId("other"))["purge"].rhythm == "off"
    do = {"purge": lambda: "Nothing was old."}
    assert run_due_jobs(runtime, _workspace(app), do) == []
    later = runtime.now() + timedelta(hours=1)
    runtime.clock = lambda: later
    assert len(run_due_jobs(runtime, _workspace(app), do)) == 1
    assert run_due_jobs(runtime, _workspace(app), do) == []
    assert set_rhythm(runtime, name, "purge", "default") == "off"


@pytest.mark.parametrize(("late_h", "times"), [(1, 1), (5, 0), (24 + 1, 1), (24 * 40 + 5, 0)])
def test_a_tick_that_comes_late_is_done_once_or_left_out_never_in_bursts(
    app: App, late_h: int, times: int
) -> None:
    runtime, begun = app.runtime, app.runtime.now()
    set_rhythm(runtime, app.workspace, "purge", "daily 03:00")
    three = (begun + timedelta(days=1)).astimezone(UTC).replace(hour=3, minute=0)
    late = three + timedelta(hours=late_h)
    runtime.clock = lambda: late
    done = [len(run_due_jobs(runtime, _workspace(app), {"purge": lambda: "Done."})) for _ in range(3)]
    assert done == [times, 0, 0]


def test_a_schedule_or_rhythm_that_there_is_not_is_refused(app: App) -> None:
    with pytest.raises(NotFound, match="no schedule 'lunch'"):
        set_rhythm(app.runtime, app.workspace, "lunch", "daily 12:00")
    with pytest.raises(InvalidInput, match="is no rhythm"):
        set_rhythm(app.runtime, app.workspace, "purge", "daily at noon")


ERRORS = [StoreError("The disk is full."), ValueError("1"), KeyError("x"), RecursionError(), MemoryError()]


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: type(one).__name__)
def test_recurring_work_survives_any_exception_and_tells_of_it(error: Exception) -> None:
    calls, enough = [], threading.Event()

    def fail() -> None:
        calls.append(1)
        if len(calls) > MAX_FAILURES:
            enough.set()
        raise error

    with Recurring("work", fail, every_s=0.001) as running:
        assert enough.wait(60)
        said = running.problem()
        assert said is not None
        assert "times in a row" in said


def test_work_that_recovered_is_no_problem() -> None:
    calls, enough = [], threading.Event()

    def sometimes() -> None:
        calls.append(1)
        if len(calls) <= MAX_FAILURES:
            raise ValueError
        enough.set()

    with Recurring("work", sometimes, every_s=0.001) as running:
        assert enough.wait(60)
        while running.problem():  # until the count is reset
            pass
    assert running.problem() is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_told(app: App) -> None:
    def leave() -> None:
        raise SystemExit

    running = Recurring("trust", leave, every_s=0.001)
    running.start()
    running._thread.join(60)
    (said,) = find_problems(app.runtime, [running])
    assert said == "The background work 'trust' has stopped; restart the server."


@pytest.mark.parametrize("error", ERRORS, ids=lambda one: type(one).__name__)
def test_a_routine_that_fails_is_written_down_and_the_next_one_is_done(app: App, error: Exception) -> None:
    def fail() -> str:
        raise error

    workspace = app.runtime.store.workspaces.all()[0]
    (done,) = run_due_jobs(app.runtime, workspace, {"trust": fail})
    assert "failed" in done.said
    assert done.ended is not None


def test_a_new_folder_looks_for_weaknesses_at_the_next_time_and_not_at_the_last(tmp_path: Path) -> None:
    monday = datetime(2026, 1, 5, 12, tzinfo=UTC)
    looked: list[datetime] = []

    def live(hours: float) -> None:
        """Look at what is due every hour, as a server does that is started again each time."""
        for hour in range(int(hours)):
            clock = partial(monday.__add__, timedelta(hours=hour))
            with App(load(data=tmp_path), nights=False, clock=clock) as app:
                done = run_due_jobs(app.runtime, _workspace(app), {"weaknesses": lambda: "None."})
                looked.extend(one.began for one in done)

    live(3)
    assert looked == []
    monday += timedelta(days=6, hours=13)
    live(4)
    assert [one.isoformat() for one in looked] == ["2026-01-12T03:00:00+00:00"]


def test_people_are_told_of_a_routine_that_failed_and_of_no_other(app: App) -> None:
    def fails() -> str:
        raise StoreError("what a customer said")

    run_now(app.runtime, app.workspace, "purge", fails)
    run_now(app.runtime, app.workspace, "trust", lambda: "Three agents.")
    (told,) = app.runtime.store.notifications.list_rows(app.workspace)
    assert (told.type, "The schedule purge" in told.body) == ("error", True)
    assert "customer" not in told.body
