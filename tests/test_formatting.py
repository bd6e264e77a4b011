"""Numbers are written alike in the terminal and in the console, and what is not known is never a nought."""

import pytest

from upspiral.formatting import money, number_of, percent, render_amount, render_interval


@pytest.mark.parametrize(
    ("count", "noun", "text"),
    [
        (0, "night", "0 nights"),
        (1, "story", "1 story"),
        (2, "story", "2 stories"),
        (2, "day", "2 days"),
        (2, "key", "2 keys"),
        (1234567, "token", "1,234,567 tokens"),
    ],
)
def test_a_count_agrees_with_its_noun(count: int, noun: str, text: str) -> None:
    assert number_of(count, noun) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (None, "unknown"),
        (0, "0.00"),
        (0.000123456, "0.000123"),
        (0.5, "0.5"),
        (1, "1.00"),
        (1234.567, "1234.57"),
    ],
)
def test_an_amount_has_as_many_digits_as_tell_something(amount: float | None, text: str) -> None:
    assert money(amount) == text


def test_an_unknown_rate_is_a_dash_and_an_unknown_price_is_said() -> None:
    assert percent(None) == "\N{EN DASH}"
    assert percent(0.0) == "0.0 %"
    assert render_amount(2, None) == "2 tokens, price unknown"
    assert render_amount(2, 0.0) == "2 tokens, 0.00 US dollars"


def test_an_interval_may_lie_below_nought() -> None:
    assert render_interval(-0.125, 0.25) == "-12.5 to 25.0"
