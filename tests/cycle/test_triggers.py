"""A night written down just before a kill is begun by the next start; tonight's nights begin once."""

import time
from pathlib import Path

import pytest

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.domain import Cycle, CycleKind
from upspiral.domain.ids import AgentId, CycleId, WorkspaceId

AGENT = AgentId("support")


def _opened(folder: Path) -> App:
    return App(load(data=folder))


def _make_agent(app: App) -> None:
    model = ModelSpec("openai-compatible:gpt", "http://127.0.0.1:1/v1", None)
    create_agent(app.runtime, app.workspace, AGENT, model=model, teacher=None, instructions="", sampling={})


def test_a_night_killed_before_the_engine_knew_of_it_is_begun_at_the_next_start(data: Path) -> None:
    with _opened(data) as app:
        _make_agent(app)
        now = app.runtime.now()
        night = Cycle(
            id=CycleId("cyc_left"),
            workspace=app.workspace,
            agent=AGENT,
            story=CycleKind.IMPROVE,
            started=now,
            since=now,
            until=now,
        )
        app.runtime.store.cycles.add(night)
    with _opened(data) as app:
        deadline = time.monotonic() + 30
        while (seen := app.runtime.store.cycles.get(app.workspace, night.id)).ended is None:
            assert time.monotonic() < deadline, "nobody began it"
            time.sleep(0.05)
    assert seen.ending == "rested"


def test_the_nights_of_every_workspace_begin_once(data: Path) -> None:
    with _opened(data) as app:
        other = app.within(type(app.workspace)("other"))
        app.runtime.store.workspaces.ensure(other.workspace, app.runtime.now())
        for one in (app, other):
            _make_agent(one)
        at = app.runtime.now().strftime("%H:%M")
        cycle = app.settings.cycle.model_copy(update={"at": at})
        app.runtime.settings = app.settings.model_copy(update={"cycle": cycle})
        for _ in range(2):
            app.begin_due()
        for one in (app, other):
            assert len(one.runtime.store.cycles.of(one.workspace, AGENT)) == 1


def test_one_workspace_never_stops_another(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = App.routines

    def broken(self: App) -> object:
        if self.workspace == "a-first":
            raise ValueError("what nobody thought of")
        return made(self)

    monkeypatch.setattr(App, "routines", broken)
    schedule = dict.fromkeys(("refresh", "learning", "weaknesses", "purge", "raters", "next_turn"), "off")
    with App(load(data=data, schedule={**schedule, "trust": "every 24h"})) as app:
        store = app.runtime.store
        for name in ("a-first", "z-last"):
            store.workspaces.ensure(WorkspaceId(name), app.runtime.now())
        app.begin_due()
        done = {one.id: store.schedules.list_rows(one.id) for one in store.workspaces.all()}
    assert {name: len(rows) for name, rows in done.items()} == {"default": 1, "a-first": 0, "z-last": 1}
