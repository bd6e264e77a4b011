"""Budgets are read under their lock, listed by moment, and the answers kept for a night can be forgotten."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.budget.budgets import NIGHT, NOW, USED, make_budget, make_call, make_ledger

from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, BudgetId, WorkspaceId
from upspiral.errors import NotFound
from upspiral.store import Store

OTHER = WorkspaceId("other")


def test_a_budget_that_is_not_there_is_named(any_store: Store) -> None:
    with pytest.raises(NotFound, match="cyc_1"), any_store.transaction():
        any_store.budgets.lock(DEFAULT_WORKSPACE, NIGHT)


def test_sums_that_pass_what_32_bits_hold_are_kept_exactly(any_store: Store) -> None:
    large = replace(make_budget(), used_tokens=2**40 + 1, used_nano_usd=2**60 + 1, limit_nano_usd=2**61 + 1)
    any_store.budgets.add(large)
    assert any_store.budgets.get(DEFAULT_WORKSPACE, NIGHT) == large


def test_budgets_are_listed_from_a_moment_on_oldest_first(any_store: Store) -> None:
    for number in (2, 0, 1):
        at, agent = NOW + timedelta(days=number), AgentId("sales" if number == 1 else "support")
        any_store.budgets.add(replace(make_budget(), id=BudgetId(f"b{number}"), at=at, agent=agent))
    found = any_store.budgets.list_since(DEFAULT_WORKSPACE, NOW + timedelta(days=1))
    assert [one.id for one in found] == ["b1", "b2"]
    assert [one.id for one in any_store.budgets.list_since(DEFAULT_WORKSPACE, None, AgentId("sales"))] == [
        "b1"
    ]
    assert any_store.budgets.list_since(OTHER, None) == []


def test_answers_are_forgotten_within_their_workspace_and_old_calls_go_with_time(any_store: Store) -> None:
    ledger = make_ledger(any_store)
    held = ledger.reserve(make_call())
    assert held
    ledger.settle(held, USED, nano_usd=None, answer='"what somebody asked"')
    any_store.reservations.forget_answers(OTHER)
    assert any_store.reservations.of(DEFAULT_WORKSPACE, NIGHT)[0].answer
    any_store.reservations.forget_answers(DEFAULT_WORKSPACE)
    assert any_store.reservations.of(DEFAULT_WORKSPACE, NIGHT)[0].answer is None
    any_store.reservations.forget(DEFAULT_WORKSPACE, NOW)
    assert len(any_store.reservations.of(DEFAULT_WORKSPACE, NIGHT)) == 1
    any_store.reservations.forget(DEFAULT_WORKSPACE, NOW + timedelta(seconds=1))
    assert any_store.reservations.of(DEFAULT_WORKSPACE, NIGHT) == []
