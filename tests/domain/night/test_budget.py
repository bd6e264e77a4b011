"""What is kept of money and calls is read back as it was written, and sums are exact."""

import msgspec
from tests.conftest import START

from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, BudgetId, ReservationId
from upspiral.domain.night.budget import (
    NANO_PER_USD,
    Budget,
    Purpose,
    PurposeCost,
    Reservation,
    ReservationState,
)
from upspiral.store import Store


def _budget(ident: str, **more: object) -> Budget:
    about = {"workspace": DEFAULT_WORKSPACE, "agent": AgentId("support"), "at": START, **more}
    return Budget(id=BudgetId(ident), **about)  # type: ignore[arg-type]


def test_money_is_whole_so_that_a_million_small_calls_add_up() -> None:
    a_call = round(0.0000001 * NANO_PER_USD)
    assert sum(a_call for _ in range(1_000_000)) == NANO_PER_USD // 10


def test_a_budget_and_its_calls_are_stored_whole(any_store: Store) -> None:
    cost = PurposeCost(
        purpose=Purpose.JUDGE,
        model="judge",
        calls=2,
        unanswered=1,
        reserved_tokens=100,
        reserved_nano_usd=None,
        input_tokens=10,
        output_tokens=5,
        used_nano_usd=None,
        unpriced=2,
    )
    budget = _budget("cyc_1", limit_nano_usd=5_000 * NANO_PER_USD, closed=START, costs=(cost,))
    call = Reservation(
        id=ReservationId("res_1"),
        workspace=DEFAULT_WORKSPACE,
        budget=budget.id,
        agent=budget.agent,
        purpose=Purpose.SHADOW,
        model="m",
        at=START,
        held_nano_usd=None,
        answer='{"text":"ä"}',
    )
    any_store.budgets.add(budget)
    any_store.reservations.add(call)
    assert any_store.budgets.get(DEFAULT_WORKSPACE, budget.id) == budget
    assert any_store.reservations.of(DEFAULT_WORKSPACE, budget.id) == [call]


def test_a_call_that_nobody_settled_is_held() -> None:
    about = {"workspace": "w", "budget": "b", "agent": "a", "purpose": "judge", "model": "m", "at": START}
    made = msgspec.convert({"id": "r", **about}, Reservation)
    assert made.state is ReservationState.HELD
    assert _budget("b").limit_tokens is None
