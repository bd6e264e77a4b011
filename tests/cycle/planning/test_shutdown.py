"""Agents whose model ends soon are named, with the command that proves another."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.planning.readiness import check_agent
from upspiral.cycle.planning.shutdown import SHUTDOWN_DATES, WARNING_DAYS, find_shutdown, warn_of_shutdown
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId

END = date(2027, 1, 14)


@pytest.mark.parametrize(
    ("model", "ends"),
    [
        ("gpt-4o", END),
        ("gpt-4o-2024-11-20", END),
        ("openai/gpt-4.1", END),
        ("gpt-5-latest", date(2026, 12, 11)),
        ("gpt-4o-mini", None),
        ("gpt-5.1", None),
        ("my-o3", None),
        ("own-model", date(2027, 3, 1)),
        ("o3", date(2027, 6, 1)),
    ],
)
def test_a_model_ends_with_its_snapshots_and_what_the_operator_sets_goes_first(
    model: str, ends: date | None
) -> None:
    extra = {"own-model": date(2027, 3, 1), "o3": date(2027, 6, 1)}
    assert find_shutdown(model, extra) == ends


@pytest.mark.parametrize("days", [-1, 0, 1, WARNING_DAYS, WARNING_DAYS + 1])
def test_it_is_warned_of_within_90_days_and_after_the_end(days: int) -> None:
    said = warn_of_shutdown("o3", "shop", ends=END, today=END - timedelta(days))
    assert (said is not None) == (days <= WARNING_DAYS)
    if said:
        assert ("was switched off" in said) == (days <= 0)
        assert "`upspiral migrate shop --to MODEL`" in said


def test_every_model_of_the_table_is_warned_of_when_its_agent_is_made(data: Path) -> None:
    settings = load(data=data, providers={"shutdown_dates": {"fine": "2999-01-01"}})
    with App(settings, nights=False, clock=lambda: datetime(2026, 12, 1, tzinfo=UTC)) as app:
        for name in (*SHUTDOWN_DATES, "fine"):
            spec = ModelSpec(f"openai-compatible:{name}", "http://127.0.0.1:9/v1")
            agent = create_agent(app.runtime, DEFAULT_WORKSPACE, AgentId(f"a-{name}"), model=spec)
            warned = [one for one in check_agent(app.runtime, agent).warnings if "switched off" in one]
            assert len(warned) == (name != "fine"), name
