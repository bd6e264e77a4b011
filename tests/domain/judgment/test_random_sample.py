"""A random sample shows that an agent is never right, or it shows nothing."""

from tests.conftest import Maker

from upspiral.domain import Interaction, Outcome, Source, Status, conversations
from upspiral.domain.ids import InteractionId
from upspiral.domain.judgment.random_sample import SAMPLE_SIZE, count_drawn_wrong, draw_sample, find_verdicts


def _outcomes(turns: list[Interaction], status: Status) -> dict[InteractionId, Outcome]:
    return {
        turn.id: Outcome(
            interaction=turn.id, workspace=turn.workspace, agent=turn.agent, status=status, score=None,
            interaction_at=turn.at, reason="", at=turn.at, settled=turn.at,
        )
        for turn in turns
    }  # fmt: skip


def test_that_all_are_wrong_is_shown_only_by_many_that_were_all_judged(make: Maker) -> None:
    turns = [make.interaction(conversation=f"c{n}") for n in range(80)]
    judged = find_verdicts([make.feedback(turn, 0.0) for turn in turns])
    wrong = conversations(turns, _outcomes(turns, Status.FAILURE))
    assert count_drawn_wrong(wrong, judged) == SAMPLE_SIZE
    assert count_drawn_wrong(wrong[: SAMPLE_SIZE - 1], judged) == 0
    assert count_drawn_wrong(wrong, {}) == 0
    assert count_drawn_wrong(conversations(turns, _outcomes(turns, Status.SUCCESS)), judged) == 0
    complaints = _outcomes(turns[:40], Status.FAILURE)  # half of them: not drawn at random
    assert count_drawn_wrong(conversations(turns, complaints), judged) == 0


def test_one_right_answer_among_those_drawn_shows_that_there_is_something_to_lose(make: Maker) -> None:
    turns = [make.interaction(conversation=f"c{n}") for n in range(80)]
    judged = find_verdicts([make.feedback(turn, 0.0) for turn in turns])
    drawn = draw_sample(conversations(turns, {}))[17].interactions[0]
    outcomes = _outcomes(turns, Status.FAILURE) | _outcomes([drawn], Status.SUCCESS)
    assert count_drawn_wrong(conversations(turns, outcomes), judged) == 0


def test_what_comes_in_after_a_review_does_not_undo_it(make: Maker) -> None:
    turns = [make.interaction(conversation=f"c{n}") for n in range(100)]
    drawn = [one.interactions[0] for one in draw_sample(conversations(turns, {}))]
    said = [make.feedback(turn, 0.0, source=Source.HUMAN_EVALUATION) for turn in drawn]
    later = [make.interaction(conversation=f"later {n}") for n in range(100)]
    seen = conversations([*turns, *later], _outcomes(drawn, Status.FAILURE))
    assert {one.id for one in draw_sample(seen)} != {turn.conversation for turn in drawn}
    assert count_drawn_wrong(seen, find_verdicts(said)) == SAMPLE_SIZE
    assert count_drawn_wrong(seen, find_verdicts(said[1:])) == 0


def test_a_model_and_an_implicit_signal_are_no_verdict(make: Maker) -> None:
    turn = make.interaction()
    sources = (Source.JUDGE, Source.IMPLICIT, Source.SELF_CONFIDENCE)
    assert find_verdicts([make.feedback(turn, 0.0, source=source) for source in sources]) == {}
    assert find_verdicts([make.feedback(turn, 0.0)]) == {turn.id: False}
    assert find_verdicts([make.feedback(turn, 0.0, source=Source.VERIFIER)]) == {turn.id: True}
