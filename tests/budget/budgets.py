"""A budget of a night, and calls that it pays."""

from datetime import UTC, datetime

from upspiral.budget import Ledger
from upspiral.budget.ledger import PaidCall
from upspiral.domain import Usage
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, BudgetId
from upspiral.domain.night.budget import NANO_PER_USD, Amount, Budget, Purpose
from upspiral.store import Store

NOW = datetime(2026, 1, 5, 2, tzinfo=UTC)
NIGHT = BudgetId("cyc_1")
USED = Usage(input_tokens=30, output_tokens=10)


def make_budget(tokens: int | None = None, usd: float | None = None) -> Budget:
    return Budget(
        id=NIGHT,
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("support"),
        at=NOW,
        limit_tokens=tokens,
        limit_nano_usd=None if usd is None else int(usd * NANO_PER_USD),
    )


def make_ledger(store: Store, tokens: int | None = None, usd: float | None = None) -> Ledger:
    return Ledger(store, make_budget(tokens, usd), lambda: NOW)


def make_call(key: str = "a", tokens: int = 100, nano_usd: int | None = 0, **more: object) -> PaidCall:
    given: dict[str, object] = {"purpose": Purpose.TEACHER, "model": "gpt", "key": key}
    return PaidCall(**{**given, "most": Amount(tokens, nano_usd), **more})  # type: ignore[arg-type]


def read_budget(store: Store) -> Budget:
    return store.budgets.get(DEFAULT_WORKSPACE, NIGHT)
