"""Single values of an export."""

from datetime import UTC, datetime

import pytest

from upspiral.capture.formats.values import decode_text, first_field, flat_metadata, join_tags, moment, signal
from upspiral.domain.ids import DEFAULT_WORKSPACE, InteractionId

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
THEN = datetime(2024, 5, 29, 13, 46, 19, tzinfo=UTC)
SECONDS = 1_716_990_379


@pytest.mark.parametrize(
    "value",
    [
        "2024-05-29 13:46:19",
        "2024-05-29T15:46:19+02:00",
        "2024-05-29T13:46:19Z",
        SECONDS,
        SECONDS * 1_000,
        SECONDS * 10**6,
        SECONDS * 10**9,
    ],
)
def test_a_moment_is_the_same_in_every_writing_and_unit(value: object) -> None:
    assert moment(value, now=NOW) == THEN


def test_where_no_moment_stands_it_is_now_and_what_is_none_is_refused() -> None:
    assert moment(None, now=NOW) == moment("", now=NOW) == NOW
    for wrong in ("yesterday", float("inf"), [1]):
        with pytest.raises(ValueError, match=r"\w"):
            moment(wrong, now=NOW)


@pytest.mark.parametrize(
    ("value", "score", "label"),
    [
        (True, 1.0, None),
        (False, 0.0, None),
        (0.25, 0.25, None),
        ("lukewarm", None, "lukewarm"),
        (7, None, "7"),
    ],
)
def test_yes_no_and_shares_are_scores_and_anything_else_is_a_label(
    value: object, score: float | None, label: str | None
) -> None:
    made = signal(InteractionId("int"), workspace=DEFAULT_WORKSPACE, key="k", rater="r", at=NOW, value=value)
    assert (made.score, made.label) == (score, label)


def test_details_that_are_plain_are_kept_as_text_and_later_ones_win() -> None:
    assert flat_metadata({"a": 1, "b": True, "deep": {"x": 1}}, {"a": "z"}, None) == {"a": "z", "b": "True"}
    assert join_tags(["x", "y"]) == "x,y" or join_tags(["x", "y"]) == "x, y"
    assert join_tags("x") == ""


def test_the_first_field_that_says_anything_is_taken() -> None:
    assert first_field({"a": "", "b": 0, "c": 1}, "a", "b", "c") in (0, 1)
    assert first_field({}, "a") is None
    assert decode_text("[sic]") == "[sic]"
