"""A budget bears what is within both of its limits, and costs are added up by purpose and model."""

from msgspec.structs import replace
from tests.budget.budgets import NOW, make_budget

from upspiral.budget.account import add_up, fits, give_back, hold, to_nano_usd, use
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, BudgetId, ReservationId
from upspiral.domain.night.budget import Amount, Purpose, Reservation, ReservationState


def test_what_is_held_and_what_is_used_count_together() -> None:
    budget = use(hold(make_budget(tokens=100), Amount(40)), Amount(30))
    assert fits(budget, Amount(30))
    assert not fits(budget, Amount(31))


def test_either_limit_refuses_and_no_limit_refuses_nothing() -> None:
    assert not fits(make_budget(tokens=10), Amount(11, 0))
    assert not fits(make_budget(usd=1), Amount(1, to_nano_usd(1.1)))
    assert fits(make_budget(tokens=0), Amount(0, 0))
    assert fits(make_budget(), Amount(10**12, 10**18))


def test_an_amount_without_a_price_counts_in_tokens_alone() -> None:
    assert fits(make_budget(usd=0), Amount(5, None))
    assert not fits(make_budget(usd=0, tokens=4), Amount(5, None))


def test_what_is_held_and_given_back_leaves_no_trace() -> None:
    budget = make_budget(usd=1)
    for amount in (Amount(3, 7), Amount(5, None)):
        budget = give_back(hold(budget, amount), amount)
    assert budget == make_budget(usd=1)


def test_a_closed_budget_gives_nothing_back_twice() -> None:
    closed = replace(make_budget(), closed=NOW)
    assert give_back(closed, Amount(5, 5)) == closed


def test_costs_are_added_up_by_purpose_and_model_and_unknown_prices_are_counted() -> None:
    def make(**more: object) -> Reservation:
        given: dict[str, object] = {
            "id": ReservationId("r"), "workspace": DEFAULT_WORKSPACE, "budget": BudgetId("c"),
            "agent": AgentId("a"), "purpose": Purpose.TEACHER, "model": "gpt", "at": NOW,
            "state": ReservationState.SETTLED, "reserved_tokens": 50, "calls": 1,
        }  # fmt: skip
        return Reservation(**{**given, **more})  # type: ignore[arg-type]

    found = add_up(
        [
            make(input_tokens=10, output_tokens=5, used_nano_usd=7, reserved_nano_usd=20),
            make(input_tokens=1, used_nano_usd=None, reserved_nano_usd=None),
            make(state=ReservationState.HELD, calls=0),
            make(state=ReservationState.RELEASED, calls=0, reserved_tokens=0),
            make(purpose=Purpose.HELD_OUT, model="mine", used_nano_usd=None),
        ]
    )
    held_out, teacher = found
    assert (teacher.calls, teacher.unanswered, teacher.unpriced) == (2, 1, 1)
    assert (teacher.input_tokens, teacher.output_tokens, teacher.reserved_tokens) == (11, 5, 150)
    assert (teacher.used_nano_usd, teacher.reserved_nano_usd) == (7, 20)
    assert (held_out.model, held_out.used_nano_usd) == ("mine", None)
