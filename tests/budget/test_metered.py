"""Every call of a metered model is reserved before it is made and settled after, whoever makes it."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from tests.budget.budgets import NIGHT, USED, make_ledger, read_budget

from upspiral.budget import Ledger, MeteredModel
from upspiral.budget.estimate import bound_usage
from upspiral.domain import Message, ToolCall, Usage
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.message import ReasoningPart, TextPart
from upspiral.domain.night.budget import Purpose, ReservationState
from upspiral.errors import BudgetSpent, ProviderError, ProviderTimeout, RateLimited, Rejected, Unavailable
from upspiral.providers.base import ChatRequest, Completion
from upspiral.store import Store

pytestmark = pytest.mark.anyio

ASKED = ChatRequest((Message("user", "Where?"),), max_tokens=100)
MOST = bound_usage(ASKED).input_tokens + 100


class _Model:
    """Answers each call in turn as it is told to."""

    name = "gpt"

    def __init__(self, *said: Completion | BaseException, wait_s: float = 0) -> None:
        self.said, self.calls, self.wait_s = list(said), 0, wait_s

    async def complete(self, request: ChatRequest, *, call_id: str | None = None) -> Completion:
        self.calls += 1
        await asyncio.sleep(self.wait_s)
        said = self.said.pop(0) if len(self.said) > 1 else self.said[0]
        if isinstance(said, BaseException):
            raise said
        return said

    async def stream(self, request: ChatRequest, *, call_id: str | None = None) -> AsyncIterator[bytes]:
        yield b"data: x"


def _meter(model: _Model, ledger: Ledger, price: float | None = 1e-6) -> MeteredModel:
    def cost(usage: Usage, _name: str) -> float | None:
        return None if price is None else price * (usage.input_tokens + usage.output_tokens)

    return MeteredModel(model, ledger, purpose=Purpose.TEACHER, price=cost)


def _answer(usage: Usage = USED) -> Completion:
    return Completion("Here.", "gpt-5", usage)


async def test_a_call_is_settled_with_what_its_provider_says_that_it_used(store: Store) -> None:
    assert await _meter(_Model(_answer()), make_ledger(store)).complete(ASKED, call_id="a") == _answer()
    found = read_budget(store)
    assert (found.held_tokens, found.used_tokens, found.used_nano_usd) == (0, 40, 40_000)
    (row,) = store.reservations.of(DEFAULT_WORKSPACE, NIGHT)
    assert (row.reserved_tokens, row.reserved_nano_usd) == (MOST, MOST * 1000)


async def test_an_unknown_price_is_null_and_its_tokens_count(store: Store) -> None:
    await _meter(_Model(_answer()), make_ledger(store, usd=0), price=None).complete(ASKED, call_id="a")
    (row,) = store.reservations.of(DEFAULT_WORKSPACE, NIGHT)
    assert (row.used_nano_usd, row.reserved_nano_usd, read_budget(store).used_tokens) == (None, None, 40)


async def test_an_answered_call_is_not_made_again_in_its_night_and_its_answer_is_the_same(
    store: Store,
) -> None:
    whole = Completion(
        "Hm. Here.",
        "gpt-5",
        USED,
        tool_calls=(ToolCall(name="look", arguments="{}"),),
        parts=(ReasoningPart("Hm."), TextPart("Here.")),
    )
    model = _Model(whole)
    first = await _meter(model, make_ledger(store)).complete(ASKED, call_id="a")
    again = await _meter(model, make_ledger(store)).complete(ASKED, call_id="a")
    assert first == again == whole
    assert model.calls == 1
    other = ChatRequest((Message("user", "When?"),), max_tokens=100)
    await _meter(model, make_ledger(store)).complete(other, call_id="a")
    assert model.calls == 2


async def test_a_call_without_an_id_is_made_each_time_and_counts_each_time(store: Store) -> None:
    model = _meter(_Model(_answer()), make_ledger(store))
    for _ in range(2):
        await model.complete(ASKED)
    (row,) = store.reservations.of(DEFAULT_WORKSPACE, NIGHT)
    assert (row.calls, row.answer, read_budget(store).used_tokens) == (2, None, 80)


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (Rejected("no", status=400), False),
        (RateLimited("later", status=429), False),
        (Unavailable("down", status=503), False),
        (ProviderTimeout("silent"), True),
        (Unavailable("the connection broke"), True),
    ],
)
async def test_what_a_provider_refuses_is_given_back_and_what_nobody_knows_of_is_kept(
    store: Store, error: ProviderError, kept: bool
) -> None:
    with pytest.raises(type(error)):
        await _meter(_Model(error), make_ledger(store)).complete(ASKED, call_id="a")
    assert read_budget(store).held_tokens == (MOST if kept else 0)


async def test_a_call_that_is_cut_off_keeps_its_reservation_and_the_next_life_settles_it(
    store: Store,
) -> None:
    slow = _meter(_Model(_answer(), wait_s=60), make_ledger(store))
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(slow.complete(ASKED, call_id="a"), 0.5)
    (row,) = store.reservations.of(DEFAULT_WORKSPACE, NIGHT)
    assert row.state == ReservationState.HELD
    await _meter(_Model(_answer()), make_ledger(store)).complete(ASKED, call_id="a")
    (row,) = store.reservations.of(DEFAULT_WORKSPACE, NIGHT)
    assert (row.state, row.calls, row.reserved_tokens) == (ReservationState.SETTLED, 1, MOST)
    assert (read_budget(store).held_tokens, read_budget(store).used_tokens) == (0, 40)


async def test_calls_that_hold_more_than_they_use_wait_for_one_another(store: Store) -> None:
    """Room for one reservation at a time, and for ten answers."""
    limit = MOST + 9 * 40
    model = _Model(_answer(), wait_s=0.001)
    metered = _meter(model, make_ledger(store, tokens=limit))
    found = await asyncio.gather(*(metered.complete(ASKED, call_id=str(n)) for n in range(10)))
    assert len(found) == model.calls == 10
    assert read_budget(store).used_tokens == 400


async def test_once_a_call_was_refused_no_other_is_made_however_cheap(store: Store) -> None:
    model = _Model(_answer())
    metered = _meter(model, make_ledger(store, tokens=MOST - 1))
    with pytest.raises(BudgetSpent, match="budget_tokens"):
        await metered.complete(ASKED, call_id="a")
    with pytest.raises(BudgetSpent):
        await metered.complete(ChatRequest((), max_tokens=1), call_id="b")
    assert model.calls == 0
    assert read_budget(store).refused == 1


async def test_a_provider_that_does_not_say_what_was_used_is_counted_by_the_text(store: Store) -> None:
    await _meter(_Model(_answer(Usage())), make_ledger(store)).complete(ASKED, call_id="a")
    (row,) = store.reservations.of(DEFAULT_WORKSPACE, NIGHT)
    assert (row.input_tokens, row.output_tokens) == (bound_usage(ASKED).input_tokens, len("Here."))


async def test_of_a_stream_what_was_reserved_counts(store: Store) -> None:
    metered = _meter(_Model(_answer()), make_ledger(store))
    assert [piece async for piece in metered.stream(ASKED)] == [b"data: x"]
    assert read_budget(store).used_tokens == MOST


def test_an_answer_is_read_back_as_it_was_written() -> None:
    written = msgspec.json.encode(_answer())
    assert msgspec.json.decode(written, type=Completion) == _answer()
