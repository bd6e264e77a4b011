"""Is a score on another scale ever taken for a success?"""

import pytest
from tests.conftest import START

from upspiral.capture.scales import UNUSED_SCORE, Scales, read_score
from upspiral.domain import Feedback, Source
from upspiral.domain.ids import DEFAULT_WORKSPACE, FeedbackId, InteractionId


def _given(value: float, label: str | None = None, rater: str = "quality") -> Feedback:
    read = read_score(value, label)
    return Feedback(
        id=FeedbackId("fb_1"), workspace=DEFAULT_WORKSPACE, interaction=InteractionId("int_1"), at=START,
        source=Source.JUDGE, rater=rater, score=read.score, label=read.label, metadata=read.metadata,
    )  # fmt: skip


@pytest.mark.parametrize("value", [1.5, 2, 5, 85, 100, -1])
def test_a_number_without_a_known_scale_is_kept_and_not_used(value: float) -> None:
    [found] = Scales().settle([_given(value)])
    assert (found.score, found.label, found.metadata) == (None, f"{value:g}", {UNUSED_SCORE: f"{value:g}"})


@pytest.mark.parametrize(("value", "label"), [(1, "poor"), (2, "poor"), (5, "fail"), (85, "incorrect")])
def test_a_label_decides_over_a_number(value: float, label: str) -> None:
    [found] = Scales().settle([_given(value, label)])
    assert (found.score, found.label) == (0.0, label)


def test_one_of_five_is_the_worst_once_the_name_has_given_more_than_one() -> None:
    scales = Scales()
    assert [one.score for one in scales.settle([_given(1), _given(5)])] == [None, None]
    assert [one.score for one in scales.settle([_given(1)])] == [None]
    assert [one.score for one in scales.settle([_given(1, rater="other")])] == [1.0]


def test_a_declared_scale_is_used_for_every_value_on_it() -> None:
    scales = Scales({"quality": (1, 5)})
    assert [one.score for one in scales.settle([_given(1), _given(3), _given(5)])] == [0.0, 0.5, 1.0]
    [beyond] = scales.settle([_given(9)])
    assert (beyond.score, beyond.metadata) == (None, {UNUSED_SCORE: "9"})


def test_a_scale_declared_for_one_file_learns_with_the_others() -> None:
    scales = Scales()
    assert scales.declare({"quality": (0, 100)}).settle([_given(85)])[0].score == 0.85
    assert scales.settle([_given(1)])[0].score is None
