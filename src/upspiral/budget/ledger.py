"""How is money reserved before a paid call, settled after it, and given back? The verbs over the store.

Every change of a budget is made within one transaction that holds its row, so that any number of threads and
processes together never reserve more than its limit.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from upspiral.budget.account import (
    NEVER_REFUSED,
    add_money,
    add_up,
    fits,
    get_held_amount,
    give_back,
    hold,
    use,
)
from upspiral.domain import Usage
from upspiral.domain.ids import BudgetId, ReservationId, WorkspaceId, derive
from upspiral.domain.night.budget import Amount, Budget, Purpose, Reservation, ReservationState
from upspiral.domain.night.notification import Notification, NotificationType, make_notification
from upspiral.store import Store


class PaidCall(Struct, frozen=True, kw_only=True):
    """A call that is about to be made."""

    purpose: Purpose
    model: str
    key: str
    """The same for every repetition of the call, and for no other."""
    most: Amount
    """What it can take at most."""


class Ledger:
    """The paid calls of one night.

    Args:
        store: Where they are kept.
        budget: What the night may spend; made at the first call, and unchanged where it is there already.
        clock: Tells the time, in UTC.
    """

    def __init__(self, store: Store, budget: Budget, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self.workspace, self.agent, self.id = budget.workspace, budget.agent, budget.id
        store.budgets.insert_ignore(budget)

    def reserve(self, call: PaidCall) -> Reservation | None:
        """Hold what a call can take at most; None where the budget does not bear it.

        A call that was reserved before and never settled, by a process that was killed, keeps what it holds;
        one that was answered is given with its answer, and need not be made.
        """
        return self._store.database.with_retry(lambda: self._reserve(call))

    def _reserve(self, call: PaidCall) -> Reservation | None:
        budget = self._store.budgets.lock(self.workspace, self.id)
        name = ReservationId(derive("res", self.id, call.purpose, call.model, call.key))
        known = self._store.reservations.find(self.workspace, name)
        if known and (known.state == ReservationState.HELD or known.answer is not None):
            return known
        if budget.closed or not (call.purpose in NEVER_REFUSED or fits(budget, call.most)):
            self._store.budgets.upsert(replace(budget, refused=budget.refused + 1))
            self._store.notifications.insert_ignore(self._tell_spent())
            return None
        before = known or Reservation(
            id=name,
            workspace=self.workspace,
            budget=self.id,
            agent=self.agent,
            purpose=call.purpose,
            model=call.model,
            at=self._clock(),
        )
        held = replace(
            before,
            state=ReservationState.HELD,
            held_tokens=call.most.tokens,
            held_nano_usd=call.most.nano_usd,
            reserved_tokens=before.reserved_tokens + call.most.tokens,
            reserved_nano_usd=add_money(before.reserved_nano_usd, call.most.nano_usd),
        )
        self._store.budgets.upsert(hold(budget, call.most))
        self._store.reservations.upsert(held)
        return held

    def _tell_spent(self) -> Notification:
        return make_notification(
            NotificationType.BUDGET_SPENT,
            self.id,
            workspace=self.workspace,
            at=self._clock(),
            agent=self.agent,
            budget=self.id,
        )

    def settle(
        self, reservation: Reservation, usage: Usage, *, nano_usd: int | None, answer: str | None = None
    ) -> None:
        """Count what a call really used and give back the rest; done once for each reservation.

        Args:
            reservation: What was held for it.
            usage: What its provider says that it used.
            nano_usd: What that costs; None where no price is known.
            answer: Kept until the night ends, so that the call is not made again; None to keep nothing.
        """
        used = Amount(usage.input_tokens + usage.output_tokens, nano_usd)

        def write() -> None:
            budget = self._store.budgets.lock(self.workspace, self.id)
            held = self._store.reservations.get(self.workspace, reservation.id)
            if held.state == ReservationState.SETTLED:
                return  # by another process that went on with the night
            settled = replace(
                held,
                state=ReservationState.SETTLED,
                held_tokens=0,
                held_nano_usd=None,
                calls=held.calls + 1,
                input_tokens=held.input_tokens + usage.input_tokens,
                output_tokens=held.output_tokens + usage.output_tokens,
                used_nano_usd=add_money(held.used_nano_usd, nano_usd),
                answer=None if budget.closed else answer,
            )
            self._store.reservations.upsert(settled)
            self._write(use(give_back(budget, get_held_amount(held)), used))

        self._store.database.with_retry(write)

    def release(self, reservation: Reservation) -> None:
        """Give back all that a call holds: it was not made, or charges nothing."""

        def write() -> None:
            budget = self._store.budgets.lock(self.workspace, self.id)
            held = self._store.reservations.get(self.workspace, reservation.id)
            if held.state != ReservationState.HELD:
                return
            free = get_held_amount(held)
            minus = None if free.nano_usd is None else -free.nano_usd
            released = replace(
                held,
                state=ReservationState.RELEASED,
                held_tokens=0,
                held_nano_usd=None,
                reserved_tokens=held.reserved_tokens - free.tokens,
                reserved_nano_usd=add_money(held.reserved_nano_usd, minus),
            )
            self._store.reservations.upsert(released)
            self._write(give_back(budget, free))

        self._store.database.with_retry(write)

    def _write(self, budget: Budget) -> None:
        """Write a budget; a closed one is added up again, for a call came back after its night."""
        if budget.closed:
            calls = self._store.reservations.of(self.workspace, self.id)
            budget = replace(budget, costs=add_up(calls))
        self._store.budgets.upsert(budget)


def close(store: Store, workspace: WorkspaceId, budget: BudgetId, *, now: datetime) -> None:
    """Close the budget of a night that has ended: what no call came back for is given back.

    What was answered is forgotten, and what each purpose took is added up. Done once, however often asked;
    nothing happens where the night made no paid call.
    """

    def write() -> None:
        if store.budgets.find(workspace, budget) is None:
            return
        found = store.budgets.lock(workspace, budget)
        if found.closed:
            return
        closed = replace(
            found,
            closed=now,
            held_tokens=0,
            held_nano_usd=0,
            costs=add_up(store.reservations.of(workspace, budget)),
        )
        store.reservations.forget_answers(workspace, budget)
        store.budgets.upsert(closed)

    store.database.with_retry(write)
