"""Answers that are much too long or short."""

import pytest

from upspiral.scorers import LengthGuard

LONG = "word " * 200


@pytest.mark.parametrize(
    ("reference", "answer", "value"),
    [
        ("Yes.", "Yes, it left this morning.", 1.0),
        ("Yes.", LONG, 0.0),
        (LONG, "word " * 60, 1.0),
        (LONG, "No.", 0.0),
        (LONG, "word " * 900, 0.0),
        ("Yes.", " ", 0.0),
        ("", "", 1.0),
    ],
)
def test_an_answer_is_about_as_long_as_the_reference(reference: str, answer: str, value: float) -> None:
    assert LengthGuard().score("", reference, answer).value == value
