"""What a server does beside answering goes on whatever happens, and says where it does not."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from upspiral.admin.database import find_problems
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.jobs import MAX_FAILURES, Recurring, run_due_jobs
from upspiral.domain.ids import WorkspaceId
from upspiral.errors import StoreError
from upspiral.isolation import run_each

ERRORS = [StoreError("The disk is full."), ValueError("1"), KeyError("x"), RecursionError(), MemoryError()]


@pytest.fixture
def app(tmp_path: Path) -> Iterator[App]:
    schedule = dict.fromkeys(("refresh", "learning", "weaknesses", "purge", "raters", "next_turn"), "off")
    with App(load(data=tmp_path, schedule={**schedule, "trust": "every 24h"})) as opened:
        yield opened


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


def test_one_workspace_never_stops_another(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    store = app.runtime.store
    for name in ("a-first", "z-last"):
        store.workspaces.ensure(WorkspaceId(name), app.runtime.now())
    made = App.routines

    def broken(self: App) -> object:
        if self.workspace == "a-first":
            raise ValueError("what nobody thought of")
        return made(self)

    monkeypatch.setattr(App, "routines", broken)
    app.begin_due()
    done = {one.id: store.schedules.list_rows(one.id) for one in store.workspaces.all()}
    assert {name: len(rows) for name, rows in done.items()} == {"default": 1, "a-first": 0, "z-last": 1}


def test_each_item_is_done_whatever_the_others_raise() -> None:
    done: list[int] = []

    def do(item: int) -> None:
        if item % 2:
            raise ValueError(item)
        done.append(item)

    assert run_each("work", range(5), do) == 2
    assert done == [0, 2, 4]
