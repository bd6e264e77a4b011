"""Numbers of cards and accounts are told from other numbers by their checksums."""

from random import Random

import pytest

from upspiral.capture.redaction.account_numbers import card, iban


def _check_digit(digits: str) -> str:
    """Luhn: every second digit from the right is doubled, and the digits of all add up to a tenth."""
    doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(digits))]
    return str(-sum(d // 10 + d % 10 for d in doubled) % 10)


def test_of_planted_numbers_those_with_a_right_check_digit_are_cards_and_the_others_are_not() -> None:
    rng = Random(1)
    for _ in range(200):
        body = "4" + "".join(str(rng.randrange(10)) for _ in range(14))
        right = body + _check_digit(body)
        wrong = body + str((int(right[-1]) + rng.randrange(1, 10)) % 10)
        assert [found for _, _, found in card(right)] == [right]
        assert list(card(wrong)) == []


@pytest.mark.parametrize("text", ["4111 1111 1111 1111", "4111-1111-1111-1111", "3782 822463 10005"])
def test_usual_groups_of_digits_are_one_card(text: str) -> None:
    [(start, end, found)] = card(text)
    assert (start, end) == (0, len(text))
    assert found == "".join(sign for sign in text if sign.isdigit())


def test_groups_that_no_card_has_are_a_card_only_where_they_are_called_one() -> None:
    text = "41 1111 1111 1111 11"
    assert list(card(text)) == []
    assert [found for _, _, found in card(text, called=True)] == ["4111111111111111"]


@pytest.mark.parametrize(
    "number", ["DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606"]
)
def test_an_account_is_known_by_its_checksum_and_its_length(number: str) -> None:
    spaced = " ".join(number[i : i + 4] for i in range(0, len(number), 4))
    assert [found for _, _, found in iban(spaced)] == [number]
    turned = number[:-1] + ("1" if number[-1] != "1" else "2")
    assert list(iban(turned)) == []
