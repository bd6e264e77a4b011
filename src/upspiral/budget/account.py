"""May a budget bear one more call, and what did its calls take? (pure)."""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from upspiral.domain.night.budget import (
    NANO_PER_USD,
    Amount,
    Budget,
    Purpose,
    PurposeCost,
    Reservation,
    ReservationState,
)

Limit = TypeVar("Limit", int, float)
NEVER_REFUSED = frozenset({Purpose.PROBE})
"""Without its one short answer nobody could tell whether a version may meet users at all."""


def to_nano_usd(usd: float | None) -> int | None:
    """Turn US dollars into whole billionths, rounded up; None where no price is known.

    >>> to_nano_usd(0.0000000011), to_nano_usd(None)
    (2, None)
    """
    return None if usd is None else math.ceil(round(usd * NANO_PER_USD, 3))


def to_usd(nano_usd: int | None) -> float | None:
    """Turn whole billionths into US dollars.

    >>> to_usd(2_500_000), to_usd(None)
    (0.0025, None)
    """
    return None if nano_usd is None else nano_usd / NANO_PER_USD


def add_money(first: int | None, second: int | None) -> int | None:
    """Add two amounts of money; unknown where one of them is.

    >>> add_money(1, 2), add_money(1, None)
    (3, None)
    """
    return None if first is None or second is None else first + second


def limit_most(*limits: Limit | None) -> Limit | None:
    """Give the smallest of several limits; None where there is none.

    >>> limit_most(20_000, None, 5_000), limit_most(None, None)
    (5000, None)
    """
    return min((one for one in limits if one is not None), default=None)


def fits(budget: Budget, amount: Amount) -> bool:
    """Say whether a budget bears an amount beside what is held and used already.

    An amount without a known price counts in tokens alone.
    """
    tokens = budget.held_tokens + budget.used_tokens + amount.tokens
    money = budget.held_nano_usd + budget.used_nano_usd + (amount.nano_usd or 0)
    enough_tokens = budget.limit_tokens is None or tokens <= budget.limit_tokens
    return enough_tokens and (budget.limit_nano_usd is None or money <= budget.limit_nano_usd)


def count_affordable(budget: Budget, each: Amount) -> int | None:
    """Say how many more calls a budget bears that each take so much; None where nothing limits them.

    >>> from datetime import UTC, datetime
    >>> budget = Budget(id="b", workspace="w", agent="a", at=datetime(2026, 1, 5, tzinfo=UTC),
    ...     limit_tokens=1_000, used_tokens=200)
    >>> count_affordable(budget, Amount(300)), count_affordable(budget, Amount(0))
    (2, None)
    """
    sides = (
        (budget.limit_tokens, budget.held_tokens + budget.used_tokens, each.tokens),
        (budget.limit_nano_usd, budget.held_nano_usd + budget.used_nano_usd, each.nano_usd or 0),
    )
    left = [max(0, limit - spent) // one for limit, spent, one in sides if limit is not None and one]
    return min(left, default=None)


def hold(budget: Budget, amount: Amount) -> Budget:
    """Hold an amount."""
    return replace(
        budget,
        held_tokens=budget.held_tokens + amount.tokens,
        held_nano_usd=budget.held_nano_usd + (amount.nano_usd or 0),
    )


def give_back(budget: Budget, amount: Amount) -> Budget:
    """Give back what was held; a closed budget gave everything back when it was closed."""
    return budget if budget.closed else hold(budget, Amount(-amount.tokens, -(amount.nano_usd or 0)))


def use(budget: Budget, amount: Amount) -> Budget:
    """Count what a call used."""
    return replace(
        budget,
        used_tokens=budget.used_tokens + amount.tokens,
        used_nano_usd=budget.used_nano_usd + (amount.nano_usd or 0),
    )


def leave_out(budget: Budget, calls: Iterable[Reservation]) -> Budget:
    """Give a budget as it would be if some of its calls had never been made."""
    for call in calls:
        budget = give_back(budget, get_held_amount(call))
        spent = Amount(-call.input_tokens - call.output_tokens, -(call.used_nano_usd or 0))
        budget = use(budget, spent)
    return budget


def get_held_amount(reservation: Reservation) -> Amount:
    """Give what a reservation holds."""
    return Amount(reservation.held_tokens, reservation.held_nano_usd)


def add_up(reservations: Iterable[Reservation]) -> tuple[PurposeCost, ...]:
    """Add up what each purpose took at each model."""
    groups: dict[tuple[Purpose, str], list[Reservation]] = defaultdict(list)
    for one in reservations:
        if one.calls or one.reserved_tokens:
            groups[one.purpose, one.model].append(one)
    return tuple(_add_up_one(*key, ones) for key, ones in sorted(groups.items()))


def _add_up_one(purpose: Purpose, model: str, ones: list[Reservation]) -> PurposeCost:
    reserved = [one.reserved_nano_usd for one in ones if one.reserved_nano_usd is not None]
    answered = [one for one in ones if one.calls]
    used = [one.used_nano_usd for one in answered if one.used_nano_usd is not None]
    return PurposeCost(
        purpose=purpose,
        model=model,
        calls=sum(one.calls for one in ones),
        unanswered=sum(one.state == ReservationState.HELD for one in ones),
        reserved_tokens=sum(one.reserved_tokens for one in ones),
        reserved_nano_usd=sum(reserved) if reserved else None,
        input_tokens=sum(one.input_tokens for one in ones),
        output_tokens=sum(one.output_tokens for one in ones),
        used_nano_usd=sum(used) if used else None,
        unpriced=len(answered) - len(used),
    )
