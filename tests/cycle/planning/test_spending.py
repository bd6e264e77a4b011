"""A night that rests for want of money says how much was spent, of what, and which setting limits it."""

from msgspec.structs import replace
from tests.budget.budgets import make_budget

from upspiral.cycle.planning.spending import describe_budget
from upspiral.domain.night.budget import NANO_PER_USD
from upspiral.night_config import CycleSettings


def test_each_limit_is_named_with_its_setting_and_no_limit_is_not() -> None:
    spent = replace(make_budget(tokens=1_000, usd=2), used_tokens=400, held_tokens=500)
    spent = replace(spent, used_nano_usd=NANO_PER_USD // 4)
    assert describe_budget(spent, CycleSettings(budget_tokens=1_000, budget_usd=2)) == (
        "900 of 1,000 tokens (cycle.budget_tokens), 0.25 of 2 US dollars (cycle.budget_usd)"
    )
    assert describe_budget(make_budget(), CycleSettings()) == ""


def test_a_limit_of_the_agents_own_is_called_so() -> None:
    settings = CycleSettings(budget_tokens=5_000, budget_usd=2)
    said = describe_budget(make_budget(tokens=1_000, usd=2), settings)
    assert "1,000 tokens (the limit of support; see `upspiral agents edit support --budget-tokens`)" in said
    assert "2 US dollars (cycle.budget_usd)" in said
