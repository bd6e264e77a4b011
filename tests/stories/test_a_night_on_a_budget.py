"""What a night may spend is a limit: it goes on with what it had, and a kill makes no call twice."""

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.conftest import Maker
from tests.stories.failing_day import SUPPORT, live_a_day
from tests.stories.killable import KillableServer

from upspiral.admin.agents import ModelSpec
from upspiral.app import App
from upspiral.budget.account import add_up
from upspiral.config import load
from upspiral.domain import Cycle, CycleKind, Ending
from upspiral.domain.ids import DEFAULT_WORKSPACE, BudgetId
from upspiral.domain.night.budget import Budget, Reservation, ReservationState
from upspiral.testing import FakeProvider

HOSTED = ModelSpec("openai-compatible:mine", "http://127.0.0.1:9/v1")
PRICES = {"gpt": {"input": 1_000, "output": 2_000}}
"""Dear enough that one answer of the fake provider costs 0.013 dollars."""
ANSWER_TOKENS, ANSWER_NANO_USD = 10, 13_000_000
CONCURRENCY = 8


def _wait_until(condition: Callable[[], bool], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def _curate(data: Path, make: Maker, teacher: FakeProvider, **cycle: Any) -> tuple[Cycle, Budget, list[Any]]:
    with App(load(data=data, cycle=cycle, capture={"prices": PRICES})) as app:
        live_a_day(app, make, teacher, model=HOSTED)
        night = app.begin(CycleKind.CURATE, SUPPORT)
        store = app.runtime.store
        _wait_until(lambda: store.cycles.get(DEFAULT_WORKSPACE, night.id).ended is not None)
        budget = store.budgets.get(DEFAULT_WORKSPACE, BudgetId(night.id))
        ended = store.cycles.get(DEFAULT_WORKSPACE, night.id)
        return ended, budget, store.reservations.of(DEFAULT_WORKSPACE, budget.id)


def test_without_a_limit_every_call_is_recorded_with_what_it_cost(data: Path, make: Maker) -> None:
    with FakeProvider(lambda _asked: "It left this morning.") as teacher:
        _night, budget, calls = _curate(data, make, teacher)
    assert len(calls) == len(teacher.calls) == len(set(teacher.calls)) > 100
    assert budget.used_tokens == ANSWER_TOKENS * len(calls)
    assert budget.used_nano_usd == ANSWER_NANO_USD * len(calls)
    (cost,) = budget.costs
    assert (cost.purpose, cost.model, cost.calls, cost.unanswered) == ("teacher", "gpt", len(calls), 0)
    assert cost.reserved_tokens > cost.input_tokens + cost.output_tokens
    assert (budget.held_tokens, budget.refused) == (0, 0)


@pytest.mark.parametrize("limit", [{"budget_tokens": 3_000}, {"budget_usd": 4.0}])
def test_a_night_whose_budget_is_used_up_goes_on_with_what_it_has_and_says_so(
    data: Path, make: Maker, limit: dict[str, Any]
) -> None:
    with FakeProvider(lambda _asked: "It left this morning.") as teacher:
        ended, budget, calls = _curate(data, make, teacher, **limit)
    assert 0 < len(teacher.calls) < 120
    assert len(calls) == len(set(teacher.calls)) == len(teacher.calls)
    if budget.limit_tokens is not None:
        assert budget.used_tokens <= budget.limit_tokens
    if budget.limit_nano_usd is not None:
        assert budget.used_nano_usd <= budget.limit_nano_usd
    assert budget.refused > 0
    assert ended.ending in (Ending.DONE, Ending.RESTED)
    if ended.ending is Ending.RESTED:
        assert f"cycle.{next(iter(limit))}" in ended.reason


def test_a_night_without_any_money_asks_nobody_and_rests_with_the_reason(data: Path, make: Maker) -> None:
    with FakeProvider(lambda _asked: "It left this morning.") as teacher:
        ended, budget, calls = _curate(data, make, teacher, budget_tokens=0)
        assert teacher.calls == []
    assert (ended.ending, calls, budget.used_tokens) == (Ending.RESTED, [], 0)
    assert "0 of 0 tokens (cycle.budget_tokens)" in ended.reason


@pytest.mark.timeout(600)
def test_a_night_killed_amid_its_teachers_calls_makes_each_call_once(data: Path, make: Maker) -> None:
    """Two kills; only what was under way at a kill is asked again, under its id and its reservation."""
    (data / "upspiral.toml").write_text("[cycle]\nnightly = false\n[capture.prices.gpt]\ninput = 1000\n")
    server = KillableServer(data)
    with FakeProvider(lambda _asked: "It left this morning.", ("stall",), stall_s=0.1) as teacher:
        with App(load(data=data), nights=False) as app:
            live_a_day(app, make, teacher, model=HOSTED)
        try:
            server.start()
            night = _begin(server)
            for count in (15, 40):
                _wait_until(partial(_has_calls, teacher, count))
                server.kill()
                server.start()
            _wait_until(lambda: _see(server, night)["cycle"]["ended"] is not None)
        finally:
            server.kill()
    with App(load(data=data), nights=False) as app:
        budget = app.runtime.store.budgets.get(DEFAULT_WORKSPACE, BudgetId(night))
        calls = app.runtime.store.reservations.of(DEFAULT_WORKSPACE, budget.id)
    _check_calls(teacher, budget, calls)


def _check_calls(teacher: FakeProvider, budget: Budget, calls: list[Reservation]) -> None:
    asked = Counter(teacher.calls)
    assert len(asked) == len(calls) > 100
    assert max(asked.values()) <= 3
    assert sum(count - 1 for count in asked.values()) <= 2 * CONCURRENCY
    assert {(one.state, one.calls, one.answer) for one in calls} == {(ReservationState.SETTLED, 1, None)}
    assert budget.held_tokens == 0
    assert budget.used_tokens == ANSWER_TOKENS * len(calls)
    assert budget.costs == add_up(calls)


def _has_calls(teacher: FakeProvider, count: int) -> bool:
    return len(teacher.calls) >= count


def _begin(server: KillableServer) -> str:
    answer = _ask(server, "POST", "/api/v1/cycles", {"agent": "support", "story": "curate"})
    return str(answer["id"])


def _see(server: KillableServer, night: str) -> Any:
    return _ask(server, "GET", f"/api/v1/cycles/{night}")


def _ask(server: KillableServer, method: str, path: str, body: object = None) -> Any:
    key = (server.data / "key").read_text().strip()
    mine = {"authorization": f"Bearer {key}"}
    answer = httpx2.request(method, server.url + path, json=body, headers=mine, timeout=60, trust_env=False)
    assert answer.status_code < 300, answer.text
    return answer.json()
