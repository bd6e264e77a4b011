"""What does it mean for a night that its budget is used up? In words."""

from upspiral.budget.account import to_usd
from upspiral.domain import Cycle
from upspiral.domain.ids import BudgetId
from upspiral.domain.night.budget import Budget
from upspiral.runtime import Runtime


def say_budget_spent(runtime: Runtime, cycle: Cycle) -> str:
    """Say that calls of a night were not made because its budget is used up; empty where none was refused."""
    budget = runtime.store.budgets.find(cycle.workspace, BudgetId(cycle.id))
    if budget is None or not budget.refused:
        return ""
    return f"The night's budget is used up, so it went on with what it had: {describe_budget(budget)}."


def say_unproven(runtime: Runtime, cycle: Cycle) -> str:
    """Say that a candidate is not compared, because the budget does not bear the answers to every case."""
    budget = runtime.store.budgets.get(cycle.workspace, BudgetId(cycle.id))
    return (
        f"The night's budget was used up before both versions had answered every held-out case, so nothing is"
        f" proven and the live version stays: {describe_budget(budget)}."
        f" Raise it and run `upspiral improve {cycle.agent}`."
    )


def describe_budget(budget: Budget) -> str:
    """Say how much of a budget is used or held, and which settings limit it.

    >>> from datetime import UTC, datetime
    >>> night = {"id": "cyc", "workspace": "default", "agent": "a", "at": datetime(2026, 1, 5, tzinfo=UTC)}
    >>> describe_budget(Budget(**night, limit_tokens=20_000, used_tokens=19_480))
    '19,480 of 20,000 tokens (cycle.budget_tokens)'
    """
    said = []
    if budget.limit_tokens is not None:
        tokens = budget.used_tokens + budget.held_tokens
        said.append(f"{tokens:,} of {budget.limit_tokens:,} tokens (cycle.budget_tokens)")
    if budget.limit_nano_usd is not None:
        spent, limit = to_usd(budget.used_nano_usd + budget.held_nano_usd), to_usd(budget.limit_nano_usd)
        said.append(f"{spent:.4g} of {limit:g} US dollars (cycle.budget_usd)")
    return ", ".join(said)
