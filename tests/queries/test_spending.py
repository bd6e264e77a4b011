"""What nights spent, and what the next one may spend, is told from what is stored."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.budget.budgets import NIGHT, NOW, USED, make_call, make_ledger

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.budget import close
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.queries.spending import foresee_spending, show_spending, sum_nights

SUPPORT = AgentId("support")
URL = "http://127.0.0.1:1/v1"


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    limits = {"budget_tokens": 5_000, "budget_usd": 1.5}
    with App(load(data=data, cycle=limits), nights=False) as opened:
        yield opened


def _spend(app: App) -> None:
    ledger = make_ledger(app.runtime.store, tokens=5_000)
    held = ledger.reserve(make_call())
    assert held
    ledger.settle(held, USED, nano_usd=4_000_000)


def test_a_night_without_a_paid_call_spent_nothing(app: App) -> None:
    assert show_spending(app.runtime, DEFAULT_WORKSPACE, NIGHT) is None
    assert sum_nights(app.runtime, DEFAULT_WORKSPACE, by="purpose") == []


def test_a_night_is_told_the_same_before_and_after_its_end(app: App) -> None:
    _spend(app)
    seen = show_spending(app.runtime, DEFAULT_WORKSPACE, NIGHT)
    summed = sum_nights(app.runtime, DEFAULT_WORKSPACE, by="day", since="2026-01-05")
    close(app.runtime.store, DEFAULT_WORKSPACE, NIGHT, now=NOW)
    assert show_spending(app.runtime, DEFAULT_WORKSPACE, NIGHT) == seen
    assert sum_nights(app.runtime, DEFAULT_WORKSPACE, by="day", since="2026-01-05") == summed
    assert [(row.key, row.used_tokens, row.used_usd) for row in summed] == [("2026-01-05", 40, 0.004)]
    assert sum_nights(app.runtime, DEFAULT_WORKSPACE, by="day", since="2026-01-06") == []


def test_before_a_night_it_is_told_who_may_be_asked_the_limits_and_what_the_last_one_took(app: App) -> None:
    model, teacher = ModelSpec("openai-compatible:mine", URL), ModelSpec("openai-compatible:gpt", URL)
    agent = create_agent(app.runtime, DEFAULT_WORKSPACE, SUPPORT, model=model, teacher=teacher)
    seen = foresee_spending(app.runtime, agent)
    assert (seen.models, seen.limit_tokens, seen.limit_usd, seen.last) == (("mine", "gpt"), 5_000, 1.5, None)
    _spend(app)
    last = foresee_spending(app.runtime, agent).last
    assert last
    assert last.used_tokens == 40
