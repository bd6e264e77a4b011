"""The settled verdict of each Interaction."""

from datetime import timedelta

from tests.conftest import START

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
