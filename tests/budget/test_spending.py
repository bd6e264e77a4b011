"""What nights spent is told as people read it: by purpose, model, agent or day, in tokens and dollars."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.budget.budgets import NOW, USED, make_budget, make_call, make_ledger, read_budget

from upspiral.budget.spending import SpendingBy, spending_of_night, sum_spending
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.domain.night.budget import Budget, Purpose, PurposeCost
from upspiral.store import Store


def _cost(purpose: Purpose, model: str, nano_usd: int | None) -> PurposeCost:
    return PurposeCost(
        purpose=purpose,
        model=model,
        calls=2,
        unanswered=0,
        reserved_tokens=100,
        reserved_nano_usd=None,
        input_tokens=30,
        output_tokens=10,
        used_nano_usd=nano_usd,
        unpriced=0 if nano_usd is not None else 2,
    )


def _nights() -> list[tuple[Budget, tuple[PurposeCost, ...]]]:
    first = (_cost(Purpose.TEACHER, "gpt", 2_000_000_000), _cost(Purpose.NAMER, "mine", None))
    second = (_cost(Purpose.TEACHER, "mine", None),)
    later = replace(make_budget(), at=NOW + timedelta(days=1), agent=AgentId("sales"))
    return [(make_budget(), first), (later, second)]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("purpose", [("teacher", 4, 80, 2.0, 2), ("namer", 2, 40, None, 2)]),
        ("model", [("gpt", 2, 40, 2.0, 0), ("mine", 4, 80, None, 4)]),
        ("agent", [("support", 4, 80, 2.0, 2), ("sales", 2, 40, None, 2)]),
        ("day", [("2026-01-05", 4, 80, 2.0, 2), ("2026-01-06", 2, 40, None, 2)]),
    ],
)
def test_nights_are_added_up_the_dearest_first_and_days_in_their_order(
    by: SpendingBy, expected: list[object]
) -> None:
    rows = sum_spending(_nights(), by=by)
    assert [(row.key, row.calls, row.used_tokens, row.used_usd, row.unpriced) for row in rows] == expected


def test_a_night_under_way_tells_its_calls_so_far_and_a_past_one_what_was_added_up(store: Store) -> None:
    ledger = make_ledger(store, tokens=1000, usd=2)
    held = ledger.reserve(make_call(nano_usd=500))
    ledger.reserve(make_call("b", nano_usd=700))
    assert held
    ledger.settle(held, USED, nano_usd=400)
    calls = store.reservations.of(DEFAULT_WORKSPACE, ledger.id)
    seen = spending_of_night(read_budget(store), calls)
    assert (seen.limit_tokens, seen.limit_usd, seen.used_tokens, seen.held_tokens) == (1000, 2.0, 40, 100)
    (row,) = seen.by_purpose
    assert (row.calls, row.unanswered, row.reserved_usd, row.used_usd) == (1, 1, 1.2e-6, 4e-7)
    closed = replace(read_budget(store), closed=NOW, costs=(_cost(Purpose.JUDGE, "gpt", None),))
    past = spending_of_night(closed, ())
    assert ([one.key for one in past.by_purpose], past.used_usd) == (["judge"], None)
