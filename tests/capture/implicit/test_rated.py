"""What people said is the truth that signals are checked against."""

import pytest

from upspiral.capture.config import CaptureSettings
from upspiral.capture.implicit.rated import judge_by_people
from upspiral.domain import Source
from upspiral.domain.feedback import Judgement, VoteWeight, to_rater_key
from upspiral.domain.ids import AgentId, InteractionId

SETTINGS = CaptureSettings()


def _word(score: float, rater: str = "anna", source: Source = Source.USER_RATING) -> Judgement:
    return Judgement(
        interaction=InteractionId("int"), agent=AgentId("support"), source=source, rater=rater, score=score
    )


@pytest.mark.parametrize(("scores", "good"), [((1.0,), True), ((0.0,), False), ((1.0, 1.0), True)])
def test_what_people_say_is_good_or_bad(scores: tuple[float, ...], good: bool) -> None:
    words = [_word(score, f"rater {number}") for number, score in enumerate(scores)]
    assert judge_by_people(words, {}, SETTINGS) == {"int": good}


def test_where_people_are_in_doubt_nothing_is_said() -> None:
    assert judge_by_people([_word(1.0, "anna"), _word(0.0, "ben")], {}, SETTINGS) == {}


def test_a_person_who_counts_for_more_decides() -> None:
    weights = {to_rater_key(Source.USER_RATING, "anna"): VoteWeight(good=9.0, bad=9.0)}
    assert judge_by_people([_word(1.0, "anna"), _word(0.0, "ben")], weights, SETTINGS) == {"int": True}


@pytest.mark.parametrize("source", [Source.IMPLICIT, Source.JUDGE])
def test_only_people_are_heard(source: Source) -> None:
    assert judge_by_people([_word(0.0, source=source)], {}, SETTINGS) == {}
