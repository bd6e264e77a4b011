"""Counts, shares and amounts as people read them."""

import pytest

from upspiral.formatting import money, number_of, percent


@pytest.mark.parametrize(
    ("count", "noun", "text"), [(0, "pair", "0 pairs"), (1, "story", "1 story"), (1200, "key", "1,200 keys")]
)
def test_a_noun_follows_its_number(count: int, noun: str, text: str) -> None:
    assert number_of(count, noun) == text


def test_what_is_not_known_is_said_and_never_zero() -> None:
    assert money(None) == "unknown"
    assert "0" not in percent(None)
