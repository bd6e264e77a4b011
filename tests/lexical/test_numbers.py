"""Are numbers the same, however they are written?"""

import pytest

from upspiral.lexical import find_numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("five days", {"5"}),
        ("5 days", {"5"}),
        ("٥ أيام", {"5"}),
        ("५ दिन", {"5"}),
        ("๕ วัน", {"5"}),
        ("５日", {"5"}),
        ("五天", {"5"}),
        ("十天", {"10"}),
        ("十五天", {"15"}),
        ("三十天", {"30"}),
        ("一百二十天", {"120"}),
        ("两千零五", {"2005"}),
        ("二〇二六年", {"2026"}),
        ("星期一", {"1"}),
        ("一些问题，统一处理", set()),
        ("1,500.50 and 2", {"1500.50", "2"}),
        ("nobody, one of them", set()),
        ("一" * 9, {"111111111"}),
    ],
)
def test_numbers_are_told_in_digits(text: str, numbers: set[str]) -> None:
    assert find_numbers(text) == numbers


def test_a_text_of_nothing_but_numerals_does_no_harm() -> None:
    assert find_numbers("一" * 100_000)
    assert find_numbers("9" * 100_000) == {"9" * 100_000}
