"""What did nights spend on paid models, as people read it: in tokens and US dollars? (pure)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from upspiral.budget.account import add_up, to_usd
from upspiral.domain.night.budget import Budget, PurposeCost, Reservation

SpendingBy = Literal["purpose", "model", "agent", "day"]


class Spending(Struct, frozen=True, kw_only=True):
    """What a group of paid calls took."""

    key: str
    """The purpose, model, agent or day."""
    calls: int
    """Calls that were answered."""
    unanswered: int
    """Calls of which nobody knows whether they were answered."""
    reserved_tokens: int
    """The most that the calls could have taken: the estimate."""
    reserved_usd: float | None
    used_tokens: int
    used_usd: float | None
    """Of the calls whose price is known; null where that is none."""
    unpriced: int
    """Answered calls whose price is not known."""


class NightSpending(Struct, frozen=True, kw_only=True):
    """What one night may spend and has spent."""

    limit_tokens: int | None
    """Null for no limit."""
    limit_usd: float | None
    used_tokens: int
    used_usd: float | None
    """Of the calls whose price is known; null where that is none."""
    held_tokens: int
    """Reserved by calls that are not settled yet; 0 once the night has ended."""
    refused: int
    """Calls that were not made because the budget was used up."""
    by_purpose: tuple[Spending, ...]


class SpendingOutlook(Struct, frozen=True, kw_only=True):
    """What the next night of an agent may spend."""

    models: tuple[str, ...]
    """The paid models that it may ask; none where everything that it asks is local."""
    limit_tokens: int | None
    """Null for no limit."""
    limit_usd: float | None
    last: NightSpending | None
    """What the newest night with a paid call spent."""
    copies: NightSpending | None = None
    """What candidates' answers to copies of requests took on the newest day with any; null where none was."""


def spending_of_night(budget: Budget, calls: Iterable[Reservation]) -> NightSpending:
    """Say what a night spent: as it was added up at its end, or of its calls so far.

    Args:
        budget: Of the night.
        calls: Those that it made; not looked at once it has ended.
    """
    costs = budget.costs if budget.closed else add_up(calls)
    rows = _group((cost.purpose.value, cost) for cost in costs)
    known = [row.used_usd for row in rows if row.used_usd is not None]
    return NightSpending(
        limit_tokens=budget.limit_tokens,
        limit_usd=to_usd(budget.limit_nano_usd),
        used_tokens=budget.used_tokens,
        used_usd=to_usd(budget.used_nano_usd) if known else None,
        held_tokens=budget.held_tokens,
        refused=budget.refused,
        by_purpose=tuple(rows),
    )


def sum_spending(nights: Iterable[tuple[Budget, Iterable[PurposeCost]]], *, by: SpendingBy) -> list[Spending]:
    """Add up what nights spent; the dearest first, days in their order.

    Args:
        nights: The budget of each, with what its purposes took.
        by: What makes a group.
    """
    keyed = []
    for budget, costs in nights:
        keys = {"agent": str(budget.agent), "day": budget.at.date().isoformat()}
        keyed += [(keys.get(by) or str(getattr(cost, by)), cost) for cost in costs]
    rows = _group(keyed)
    return rows if by == "day" else sorted(rows, key=lambda row: (-(row.used_usd or 0), -row.used_tokens))


def _group(keyed: Iterable[tuple[str, PurposeCost]]) -> list[Spending]:
    groups: dict[str, list[PurposeCost]] = defaultdict(list)
    for key, cost in keyed:
        groups[key].append(cost)
    return [_sum_up(name, ones) for name, ones in sorted(groups.items())]


def _sum_up(key: str, costs: list[PurposeCost]) -> Spending:
    reserved = [cost.reserved_nano_usd for cost in costs if cost.reserved_nano_usd is not None]
    used = [cost.used_nano_usd for cost in costs if cost.used_nano_usd is not None]
    return Spending(
        key=key,
        calls=sum(cost.calls for cost in costs),
        unanswered=sum(cost.unanswered for cost in costs),
        reserved_tokens=sum(cost.reserved_tokens for cost in costs),
        reserved_usd=to_usd(sum(reserved)) if reserved else None,
        used_tokens=sum(cost.input_tokens + cost.output_tokens for cost in costs),
        used_usd=to_usd(sum(used)) if used else None,
        unpriced=sum(cost.unpriced for cost in costs),
    )
