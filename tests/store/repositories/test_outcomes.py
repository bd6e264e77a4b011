"""The settled verdict of each Interaction."""

from datetime import timedelta

from msgspec import structs
from tests.conftest import START, Maker

from upspiral.cursor import Cursor
from upspiral.domain import Outcome, Status
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId
from upspiral.store import Store


def _outcome(number: int, status: Status, agent: str = "support") -> Outcome:
    return Outcome(
        interaction=InteractionId(f"int_{number}"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId(agent),
        interaction_at=START,
        status=status,
        reason="",
        at=START + timedelta(seconds=number),
        settled=START + timedelta(seconds=number),
    )


def test_verdicts_are_counted_for_each_agent(any_store: Store) -> None:
    states = [Status.SUCCESS, Status.SUCCESS, Status.FAILURE, Status.UNKNOWN]
    any_store.outcomes.upsert(*(_outcome(n, status) for n, status in enumerate(states)))
    any_store.outcomes.upsert(_outcome(9, Status.FAILURE, "other"))
    found = any_store.outcomes.tally(DEFAULT_WORKSPACE, AgentId("support"))
    assert (found["success"], found["failure"]) == (2, 1)


def test_what_changed_after_a_place_is_read_in_its_order(any_store: Store) -> None:
    any_store.outcomes.upsert(*(_outcome(n, Status.SUCCESS) for n in range(6)))
    first = any_store.outcomes.list_folded_after(DEFAULT_WORKSPACE, Cursor(START - timedelta(days=1), ""), 4)
    assert len(first) == 4
    assert any_store.outcomes.newest_change(DEFAULT_WORKSPACE) == START + timedelta(seconds=5)


def test_what_is_forgotten_is_gone_and_the_rest_stays(any_store: Store) -> None:
    any_store.outcomes.upsert(*(_outcome(n, Status.SUCCESS) for n in range(3)))
    any_store.outcomes.forget_about(DEFAULT_WORKSPACE, [InteractionId("int_1")])
    left = any_store.outcomes.of(DEFAULT_WORKSPACE, [InteractionId(f"int_{n}") for n in range(3)])
    assert set(left) == {"int_0", "int_2"}


def test_the_newest_verdicts_are_counted_by_the_customer_who_was_answered(
    any_store: Store, make: Maker
) -> None:
    turns = [make.interaction(end_user=f"user-{n % 2}" if n < 6 else None) for n in range(8)]
    any_store.interactions.insert_ignore(*turns)
    for n, turn in enumerate(turns):
        status = (Status.FAILURE, Status.SUCCESS, Status.UNKNOWN)[n % 3]
        any_store.outcomes.upsert(structs.replace(_outcome(n, status), interaction=turn.id))
    found = any_store.outcomes.count_newest_by_user(DEFAULT_WORKSPACE, None, 100)
    assert sorted(found, key=lambda row: row["key"]) == [
        {"key": "user-0", "n": 2, "failures": 1, "successes": 1},
        {"key": "user-1", "n": 2, "failures": 1, "successes": 1},
    ]
    assert any_store.outcomes.count_newest_by_user(DEFAULT_WORKSPACE, AgentId("other"), 100) == []
    newest = any_store.outcomes.count_newest_by_user(DEFAULT_WORKSPACE, None, 4)  # of 3, 4, 6, 7
    assert sorted((row["key"], row["n"]) for row in newest) == [("user-0", 1), ("user-1", 1)]
