"""What a data set can prove, and what it cannot."""

import msgspec
from tests.conftest import START, Maker
from tests.curate.night import SUPPORT

from upspiral.curate import CurateSettings, shortfall
from upspiral.curate.select import count_drawn_wrong
from upspiral.domain import (
    Dataset,
    Interaction,
    Outcome,
    Status,
    conversations,
)
from upspiral.domain.ids import DEFAULT_WORKSPACE, DatasetId
from upspiral.store import Store


def test_only_good_answers_held_out_prove_no_gain() -> None:
    made = Dataset(
        id=DatasetId("ds"), workspace=DEFAULT_WORKSPACE, agent=SUPPORT, at=START, sha256="", train=50,
        heldout=300, heldout_good=300, taught=50,
    )  # fmt: skip
    assert "0 held-out failures" in (shortfall(made, CurateSettings()) or "")


def test_a_night_of_the_same_few_questions_is_told_that_waiting_brings_no_others() -> None:
    made = Dataset(
        id=DatasetId("ds"), workspace=DEFAULT_WORKSPACE, agent=SUPPORT, at=START, sha256="", train=2,
        heldout=1, heldout_good=0, taught=2, dropped={"same question": 110},
    )  # fmt: skip
    assert "the same few questions" in (shortfall(made, CurateSettings()) or "")
    various = msgspec.structs.replace(made, dropped={"same question": 3})
    assert "the same few questions" not in (shortfall(various, CurateSettings()) or "")


def test_sixty_judged_conversations_without_a_right_one_show_that_there_is_nothing_to_lose(
    store: Store, make: Maker
) -> None:
    turns = [make.interaction(f"question {n}") for n in range(70)]
    outcomes = {turn.id: _failed(turn) for turn in turns}
    everyone = {turn.id for turn in turns}
    assert count_drawn_wrong(conversations(turns, outcomes), everyone) == 60
    assert count_drawn_wrong(conversations(turns[:59], outcomes), everyone) == 0
    assert count_drawn_wrong(conversations(turns, outcomes), set()) == 0
    silent = dict(list(outcomes.items())[:35])  # half of them were judged: not drawn at random
    assert count_drawn_wrong(conversations(turns, silent), everyone) == 0


def _failed(turn: Interaction) -> Outcome:
    return Outcome(
        interaction=turn.id, workspace=turn.workspace, agent=turn.agent, status=Status.FAILURE, score=0.0,
        reason="", at=turn.at, settled=turn.at,
    )  # fmt: skip
