"""What is reserved is never more than the limit, settled once, and given back, on both databases."""

import threading
from random import Random

from tests.budget.budgets import NIGHT, NOW, USED, make_budget, make_call, make_ledger, read_budget

from upspiral.budget import Ledger, close
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.night.budget import Purpose, Reservation
from upspiral.store import Store

THREADS, CALLS = 20, 5


def test_a_call_is_held_then_settled_and_the_rest_is_given_back(any_store: Store) -> None:
    ledger = make_ledger(any_store, tokens=150, usd=1)
    held = ledger.reserve(make_call(tokens=100, nano_usd=900))
    assert held
    assert (read_budget(any_store).held_tokens, read_budget(any_store).held_nano_usd) == (100, 900)
    assert ledger.reserve(make_call("b", tokens=100)) is None
    ledger.settle(held, USED, nano_usd=400)
    ledger.settle(held, USED, nano_usd=400)  # by a second process that went on with the night
    found = read_budget(any_store)
    assert (found.held_tokens, found.used_tokens, found.used_nano_usd, found.refused) == (0, 40, 400, 1)
    assert ledger.reserve(make_call("b", tokens=100))


def test_a_call_that_charges_nothing_gives_all_of_it_back_and_may_be_made_again(any_store: Store) -> None:
    ledger = make_ledger(any_store, tokens=100)
    for _ in range(3):
        held = ledger.reserve(make_call())
        assert held
        ledger.release(held)
        ledger.release(held)
    found = read_budget(any_store)
    assert (found.held_tokens, found.used_tokens) == (0, 0)
    assert any_store.reservations.of(DEFAULT_WORKSPACE, NIGHT)[0].reserved_tokens == 0


def test_a_call_of_a_killed_process_keeps_what_it_holds_and_is_not_reserved_twice(any_store: Store) -> None:
    first = make_ledger(any_store, tokens=100).reserve(make_call())
    again = make_ledger(any_store, tokens=100).reserve(make_call())
    assert first == again
    assert read_budget(any_store).held_tokens == 100


def test_a_call_that_was_answered_is_given_with_its_answer_until_that_is_erased(any_store: Store) -> None:
    ledger = make_ledger(any_store, tokens=150)
    held = ledger.reserve(make_call())
    assert held
    ledger.settle(held, USED, nano_usd=None, answer='"x"')
    again = ledger.reserve(make_call())
    assert again
    assert again.answer == '"x"'
    assert read_budget(any_store).held_tokens == 0
    any_store.reservations.forget_answers(DEFAULT_WORKSPACE)
    asked = ledger.reserve(make_call())
    assert asked
    assert asked.answer is None
    ledger.settle(asked, USED, nano_usd=None)
    (row,) = any_store.reservations.of(DEFAULT_WORKSPACE, NIGHT)
    assert (row.calls, row.input_tokens, row.reserved_tokens, row.used_nano_usd) == (2, 60, 200, None)
    assert read_budget(any_store).used_tokens == 80


def test_the_limits_of_a_night_are_those_it_began_with(any_store: Store) -> None:
    make_ledger(any_store, tokens=100)
    make_ledger(any_store, tokens=999)
    assert read_budget(any_store).limit_tokens == 100


def test_closing_gives_back_what_no_call_came_back_for_and_adds_up_what_was_spent(any_store: Store) -> None:
    ledger = make_ledger(any_store, tokens=1000)
    lost, settled = ledger.reserve(make_call("lost")), ledger.reserve(make_call("settled"))
    assert lost
    assert settled
    ledger.settle(settled, USED, nano_usd=400, answer='"kept"')
    for _ in range(2):
        close(any_store, DEFAULT_WORKSPACE, NIGHT, now=NOW)
    found = read_budget(any_store)
    assert (found.held_tokens, found.used_tokens, found.closed) == (0, 40, NOW)
    (cost,) = found.costs
    assert (cost.calls, cost.unanswered, cost.reserved_tokens, cost.used_nano_usd) == (1, 1, 200, 400)
    assert [row.answer for row in any_store.reservations.of(DEFAULT_WORKSPACE, NIGHT)] == [None, None]
    assert ledger.reserve(make_call("late")) is None
    ledger.settle(lost, USED, nano_usd=1, answer='"late"')  # it came back after all: it was paid
    found = read_budget(any_store)
    assert (found.held_tokens, found.used_tokens) == (0, 80)
    assert [cost.calls for cost in found.costs] == [2]


def test_closing_what_was_never_opened_does_nothing(any_store: Store) -> None:
    close(any_store, DEFAULT_WORKSPACE, NIGHT, now=NOW)
    assert any_store.budgets.find(DEFAULT_WORKSPACE, NIGHT) is None


def test_a_probe_is_counted_and_never_refused(any_store: Store) -> None:
    ledger = make_ledger(any_store, tokens=0)
    assert ledger.reserve(make_call(purpose=Purpose.PROBE))
    assert ledger.reserve(make_call(purpose=Purpose.TEACHER)) is None


def test_threads_together_never_hold_more_than_the_limit_and_the_sums_are_exact(any_store: Store) -> None:
    """Twenty threads reserve, settle, release and forget against one limit."""
    limit = 1_000
    most_seen: list[int] = []
    done: list[tuple[Reservation, str]] = []
    make_ledger(any_store, tokens=limit)

    def work(number: int) -> None:
        rng = Random(number)
        ledger = Ledger(any_store, make_budget(limit), lambda: NOW)
        for turn in range(CALLS):
            held = ledger.reserve(make_call(f"{number}-{turn}", tokens=90))
            seen = read_budget(any_store)
            most_seen.append(seen.held_tokens + seen.used_tokens)
            if held is None:
                continue
            fate = rng.choice(("settle", "release", "lose"))
            if fate == "settle":
                ledger.settle(held, USED, nano_usd=3)
            elif fate == "release":
                ledger.release(held)
            done.append((held, fate))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fates = [fate for _, fate in done]
    found = read_budget(any_store)
    assert len(most_seen) == THREADS * CALLS
    assert max(most_seen) <= limit
    assert found.refused == THREADS * CALLS - len(done) > 0
    assert found.held_tokens == 90 * fates.count("lose")
    assert (found.used_tokens, found.used_nano_usd) == (40 * fates.count("settle"), 3 * fates.count("settle"))


def test_people_are_told_once_that_the_budget_of_a_night_is_used_up(any_store: Store) -> None:
    ledger = make_ledger(any_store, tokens=150)
    assert ledger.reserve(make_call("a"))
    assert any_store.notifications.list_rows(DEFAULT_WORKSPACE) == []
    for key in ("b", "c"):
        assert ledger.reserve(make_call(key)) is None
    (told,) = any_store.notifications.list_rows(DEFAULT_WORKSPACE)
    assert told.type == "budget.spent"
