"""Whose word it is, and what it weighs."""

import pytest
from tests.conftest import Maker

from upspiral.domain import Source
from upspiral.domain.feedback import FAMILIES, PEOPLE, VoteWeight, to_rater_key


@pytest.mark.parametrize(("score", "weight"), [(0.0, 1.5), (1.0, 0.5), (0.5, 1.0), (0.25, 1.25)])
def test_a_word_weighs_between_its_two_weights_by_how_good_it_says_it_was(
    score: float, weight: float
) -> None:
    assert VoteWeight(good=0.5, bad=1.5).of(score) == pytest.approx(weight)


def test_ratings_and_corrections_of_one_user_are_one_rater_and_a_judge_of_that_name_is_another() -> None:
    assert to_rater_key(Source.USER_RATING, "anna") == to_rater_key(Source.USER_CORRECTION, "anna")
    assert to_rater_key(Source.JUDGE, "anna") != to_rater_key(Source.USER_RATING, "anna")


def test_feedback_has_the_to_rater_key_its_source_and_rater(make: Maker) -> None:
    said = make.feedback(make.interaction(), 1.0, rater="ben", source=Source.VERIFIER)
    assert said.voice == to_rater_key(Source.VERIFIER, "ben")


def test_all_that_people_say_belongs_to_a_family_of_people() -> None:
    assert {FAMILIES[source] for source in PEOPLE} == {"human", "user"}
