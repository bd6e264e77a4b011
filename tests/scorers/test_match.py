"""Do two answers say the same? Numbers and negations count, case and punctuation do not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upspiral.scorers.match import Agreement, Exact, overlap, words

TEXTS = st.text(alphabet="ab 5,.!é", max_size=30)


@settings(deadline=None)
@given(TEXTS)
def test_every_text_says_the_same_as_itself(text: str) -> None:
    assert Exact().score("", text, text).value == 1.0
    assert Exact().score("", text, f"  {text.upper()} !").value in (0.0, 1.0)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_the_share_of_words_is_the_same_both_ways_and_a_share(one: str, other: str) -> None:
    share = overlap(words(one), words(other))
    assert 0 <= share <= 1
    assert share == overlap(words(other), words(one))


@pytest.mark.parametrize(
    ("reference", "answer", "same"),
    [
        ("Card arrival.", "card  ARRIVAL!", True),
        ("It costs 1,500 euros", "it costs 1500 euros", True),
        ("Card arrival", "arrival card", False),
        ("Card arrival", "", False),
    ],
)
def test_case_spacing_and_punctuation_do_not_count_and_the_order_does(
    reference: str, answer: str, same: bool
) -> None:
    assert (Exact().score("", reference, answer).value == 1.0) is same


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("It takes 7 days to arrive.", "other numbers: 7 instead of 5"),
        ("It takes not 5 days to arrive.", "one of the two denies"),
    ],
)
def test_another_number_or_a_denial_is_no_agreement_however_many_words_are_shared(
    answer: str, reason: str
) -> None:
    found = Agreement().score("", "It takes 5 days to arrive.", answer)
    assert found.reason == reason
    assert found.value < Agreement().success_at


def test_five_and_its_word_are_one_number() -> None:
    assert Agreement().score("", "In 5 days.", "In five days.").value == 1.0
