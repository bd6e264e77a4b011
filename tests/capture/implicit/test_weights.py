"""Implicit raters are weighed by how often they come with good and with bad answers, as people rated them."""

import pytest

from upspiral.capture import CaptureSettings
from upspiral.capture.implicit.weights import JudgementCounts, weigh_signals, weigh_word
from upspiral.domain import Judgement, Reliability, Source
from upspiral.domain.ids import AgentId, InteractionId

SETTINGS = CaptureSettings()


def word(number: int, score: float, rater: str = "anna", source: Source = Source.USER_RATING) -> Judgement:
    return Judgement(InteractionId(f"i{number}"), AgentId("a"), source, rater, score)


def weigh(signals: dict[int, float], *, rater: str = "copied") -> list[Reliability]:
    """Weigh a signal where the first hundred of two hundred answers are good."""
    rated = [word(number, float(number < 100)) for number in range(200)]
    said = [word(number, score, rater, Source.IMPLICIT) for number, score in signals.items()]
    return weigh_signals(rated + said, {}, SETTINGS)


def test_a_mostly_silent_signal_that_comes_with_good_answers_counts() -> None:
    [found] = weigh(dict.fromkeys((*range(30), 100), 1.0))
    assert found.voice == "implicit:copied"
    assert found.weight == found.weight_good > 1
    assert (found.votes, found.checked) == (31, 31)


def test_one_that_comes_with_bad_answers_counts_for_the_contrary() -> None:
    [found] = weigh(dict.fromkeys((0, *range(100, 130)), 1.0))
    assert found.weight < -1


def test_one_that_comes_with_either_is_not_heard() -> None:
    [found] = weigh(dict.fromkeys((*range(50), *range(100, 145)), 1.0))
    assert found.weight == 0
    assert found.reason.startswith("Does not count")


def test_one_that_says_both_has_a_weight_for_each() -> None:
    chances = {number: 0.9 if number < 80 else 0.1 if number >= 120 else 0.5 for number in range(200)}
    [found] = weigh(chances, rater="next-turn")
    assert found.weight_good > 1
    assert found.weight_bad > 1
    assert found.right > 0.95
    assert found.votes == 160


def test_a_hint_of_another_name_is_not_weighed_and_nobody_rated_means_not_heard() -> None:
    assert weigh({1: 1.0}, rater="hint:copied") == []
    [alone] = weigh_signals([word(1, 1.0, "copied", Source.IMPLICIT)], {}, SETTINGS)
    assert (alone.weight, alone.checked) == (0, 0)


@pytest.mark.parametrize("n", [0, 1, 9])
def test_a_few_ratings_prove_nothing(n: int) -> None:
    assert weigh_word(JudgementCounts(on_good=n, on_bad=0), JudgementCounts(on_good=n, on_bad=n)) == 0
