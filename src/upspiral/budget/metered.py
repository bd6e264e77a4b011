"""How does every paid call of a night count against its budget? By a model that reserves and settles."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable

import msgspec
from msgspec import Struct

from upspiral.budget.account import to_nano_usd
from upspiral.budget.estimate import bound_answer, bound_usage
from upspiral.budget.ledger import Ledger, PaidCall
from upspiral.domain import Usage
from upspiral.domain.ids import derive
from upspiral.domain.night.budget import Amount, Budget, Purpose, Reservation
from upspiral.errors import BudgetSpent, ProviderError
from upspiral.providers.base import ChatModel, ChatRequest, Completion

Price = Callable[[Usage, str], float | None]
"""Prices an answer in US dollars, by the name under which its host answered; None where that is not known."""


class Charge(Struct, frozen=True):
    """Who pays for a call, and what it is for."""

    budget: Budget
    """That of the night; stored with the first call that is charged to it."""
    purpose: Purpose


class MeteredModel:
    """A ChatModel that reserves the most that a call can take before it is made, and settles after it.

    A call with a `call_id` that was answered before in the same night is not made again.
    """

    def __init__(self, model: ChatModel, ledger: Ledger, *, purpose: Purpose, price: Price) -> None:
        """Wrap a model; nothing is reserved yet.

        Args:
            model: Who is asked.
            ledger: Of the night that pays.
            purpose: What its calls are for.
            price: What they cost.
        """
        self.name = model.name
        self._model, self._ledger, self._purpose, self._price = model, ledger, purpose, price
        self._under_way, self._settled = 0, asyncio.Event()
        self._spent = False

    async def complete(self, request: ChatRequest, *, call_id: str | None = None) -> Completion:
        """Answer as a whole; see `ChatModel`.

        Raises:
            BudgetSpent: The budget does not bear the call. From then on no call of this model is made, also
                none that is cheap enough, so that what is asked does not depend on how long it is.
        """
        held = await self._reserve(request, call_id)
        if held.answer is not None:
            return msgspec.json.decode(held.answer, type=Completion)
        self._under_way += 1
        try:
            completion = await self._model.complete(request, call_id=call_id)
            self._settle(held, request, completion, keep=call_id is not None)
        except ProviderError as error:
            if error.status is not None:  # it answered that it will not; else nobody knows what it did
                self._ledger.release(held)
            raise
        finally:
            self._under_way -= 1
            self._settled.set()
        return completion

    async def stream(self, request: ChatRequest, *, call_id: str | None = None) -> AsyncIterator[bytes]:
        """Answer as server-sent events; see `ChatModel`. What was reserved counts: nobody reads the usage."""
        held = await self._reserve(request, None)
        async for piece in self._model.stream(request, call_id=call_id):
            yield piece
        self._ledger.settle(held, bound_usage(request), nano_usd=held.held_nano_usd)

    def bound(self, request: ChatRequest) -> Amount:
        """Say what a call can take at most."""
        most = bound_usage(request)
        return Amount(most.input_tokens + most.output_tokens, self._to_nano_usd(most, ""))

    async def _reserve(self, request: ChatRequest, call_id: str | None) -> Reservation:
        body = hashlib.sha256(msgspec.json.encode(request, order="deterministic")).hexdigest()
        call = PaidCall(
            purpose=self._purpose,
            model=self.name,
            key=derive("call", call_id or "", body),
            most=self.bound(request),
        )
        while not self._spent:
            if held := self._ledger.reserve(call):
                return held
            if not self._under_way:
                self._spent = True
                break
            self._settled.clear()  # what others hold is more than they use: wait for what they give back
            await self._settled.wait()
        raise BudgetSpent(
            f"{self.name} was not asked: the budget is used up.",
            hint="Raise cycle.budget_tokens or cycle.budget_usd, or the agent's own limit (`agents edit`).",
            provider=self.name,
        )

    def _settle(self, held: Reservation, request: ChatRequest, completion: Completion, *, keep: bool) -> None:
        usage = completion.usage
        if not (usage.input_tokens or usage.output_tokens):
            usage = bound_answer(request, completion)
        answer = msgspec.json.encode(completion).decode() if keep else None
        money = self._to_nano_usd(usage, completion.model)
        self._ledger.settle(held, usage, nano_usd=money, answer=answer)

    def _to_nano_usd(self, usage: Usage, answered_as: str) -> int | None:
        return to_nano_usd(self._price(usage, answered_as))
