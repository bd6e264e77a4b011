"""One score for each conversation."""

from datetime import timedelta

import pytest
from tests.conftest import START, Maker

from upspiral.domain import Interaction, Outcome, Status, conversations
from upspiral.domain.ids import DEFAULT_WORKSPACE


def _outcome(turn: Interaction, status: Status, minutes: int = 0) -> Outcome:
    return Outcome(
        interaction=turn.id,
        workspace=DEFAULT_WORKSPACE,
        agent=turn.agent,
        interaction_at=turn.at,
        status=status,
        reason="",
        at=START,
        settled=START + timedelta(minutes=minutes),
    )


@pytest.mark.parametrize(
    ("turns", "whole"),
    [
        ((Status.SUCCESS, Status.FAILURE), Status.FAILURE),
        ((Status.FAILURE, Status.SUCCESS), Status.FAILURE),
        ((Status.UNKNOWN, Status.SUCCESS), Status.SUCCESS),
        ((Status.UNKNOWN, Status.UNKNOWN), Status.UNKNOWN),
    ],
)
def test_one_failed_turn_fails_a_conversation_and_an_unknown_one_says_nothing(
    make: Maker, turns: tuple[Status, Status], whole: Status
) -> None:
    asked = [make.interaction(conversation="c") for _ in turns]
    outcomes = {turn.id: _outcome(turn, status) for turn, status in zip(asked, turns, strict=True)}
    [found] = conversations(asked, outcomes)
    assert (found.status, found.interactions) == (whole, tuple(asked))


def test_conversations_stand_in_the_order_in_which_they_were_settled_unknown_ones_last(make: Maker) -> None:
    late, unknown, soon = (make.interaction(conversation=name) for name in ("late", "unknown", "soon"))
    outcomes = {
        late.id: _outcome(late, Status.SUCCESS, minutes=9),
        soon.id: _outcome(soon, Status.FAILURE, minutes=1),
    }
    found = conversations([late, unknown, soon], outcomes)
    assert [one.id for one in found] == ["soon", "late", "unknown"]
    assert found[-1].settled is None


def test_a_conversation_is_settled_when_its_first_turn_is(make: Maker) -> None:
    first, second = (make.interaction(conversation="c") for _ in range(2))
    outcomes = {
        first.id: _outcome(first, Status.SUCCESS, minutes=30),
        second.id: _outcome(second, Status.SUCCESS, minutes=5),
    }
    [found] = conversations([first, second], outcomes)
    assert found.settled == START + timedelta(minutes=5)
