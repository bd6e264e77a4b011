"""What does it mean for a night that its budget is used up? In words."""

from upspiral.budget.account import to_nano_usd, to_usd
from upspiral.domain import Cycle
from upspiral.domain.ids import BudgetId
from upspiral.domain.night.budget import Budget
from upspiral.night_config import CycleSettings
from upspiral.runtime import Runtime


def say_budget_spent(runtime: Runtime, cycle: Cycle) -> str:
    """Say that calls of a night were not made because its budget is used up; empty where none was refused."""
    budget = runtime.store.budgets.find(cycle.workspace, BudgetId(cycle.id))
    if budget is None or not budget.refused:
        return ""
    spent = describe_budget(budget, runtime.settings.cycle)
    return f"The night's budget is used up, so it went on with what it had: {spent}."


def say_unproven(runtime: Runtime, cycle: Cycle) -> str:
    """Say that a candidate is not compared, because the budget does not bear the answers to every case."""
    budget = runtime.store.budgets.get(cycle.workspace, BudgetId(cycle.id))
    return (
        f"The night's budget was used up before both versions had answered every held-out case, so nothing is"
        f" proven and the live version stays: {describe_budget(budget, runtime.settings.cycle)}."
        f" Raise it and run `upspiral improve {cycle.agent}`."
    )


def describe_budget(budget: Budget, settings: CycleSettings) -> str:
    """Say how much of a budget is used or held, and what limits it: a setting, or the agent's own limit.

    Args:
        budget: Of the night.
        settings: Those under which it spends.

    >>> from datetime import UTC, datetime
    >>> night = {"id": "cyc", "workspace": "default", "agent": "a", "at": datetime(2026, 1, 5, tzinfo=UTC)}
    >>> spent = Budget(**night, limit_tokens=20_000, used_tokens=19_480)
    >>> describe_budget(spent, CycleSettings(budget_tokens=20_000))
    '19,480 of 20,000 tokens (cycle.budget_tokens)'
    >>> describe_budget(spent, CycleSettings(budget_tokens=50_000))
    '19,480 of 20,000 tokens (the limit of a; see `upspiral agents edit a --budget-tokens`)'
    """
    said = []
    if budget.limit_tokens is not None:
        tokens = budget.used_tokens + budget.held_tokens
        whose = _name_limit(budget, "tokens", is_set=budget.limit_tokens == settings.budget_tokens)
        said.append(f"{tokens:,} of {budget.limit_tokens:,} tokens ({whose})")
    if budget.limit_nano_usd is not None:
        spent, limit = to_usd(budget.used_nano_usd + budget.held_nano_usd), to_usd(budget.limit_nano_usd)
        whose = _name_limit(budget, "usd", is_set=budget.limit_nano_usd == to_nano_usd(settings.budget_usd))
        said.append(f"{spent:.4g} of {limit:g} US dollars ({whose})")
    return ", ".join(said)


def _name_limit(budget: Budget, unit: str, *, is_set: bool) -> str:
    if is_set:
        return f"cycle.budget_{unit}"
    return f"the limit of {budget.agent}; see `upspiral agents edit {budget.agent} --budget-{unit}`"
