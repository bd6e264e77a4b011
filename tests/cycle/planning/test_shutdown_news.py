"""People are told that a model ends soon, once at each milestone."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.planning.shutdown_news import put_down_shutdowns
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ((date(2026, 1, 1),), 0),
        ((date(2026, 9, 20), date(2026, 9, 21), date(2026, 12, 1), date(2026, 12, 10)), 3),
    ],
)
def test_people_are_told_once_at_each_milestone(data: Path, days: tuple[date, ...], told: int) -> None:
    moments = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days]
    now = moments[0]
    with App(load(data=data), nights=False, clock=lambda: now) as app:
        model = ModelSpec("openai-compatible:o3", "https://api.openai.com/v1")
        create_agent(app.runtime, DEFAULT_WORKSPACE, AgentId("shop"), model=model)
        for moment in moments:
            now = moment
            put_down_shutdowns(app.runtime)
        found = app.runtime.store.notifications.list_rows(DEFAULT_WORKSPACE)
    assert [one.type for one in found] == ["model.shutdown"] * told
    assert all('"shutdown":"2026-12-11"' in one.body for one in found)
