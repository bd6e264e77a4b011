"""Telephone numbers, by region and in any number."""

import phonenumbers
import pytest
from tests.capture.redaction.planted import DENSE, KEY, PSEUDONYM, REDACTOR

from upspiral.capture.redaction import (
    PERSONAL_RULES,
    SECRET_RULES,
    PatternRedactor,
    phone_rules,
)

GERMAN = PatternRedactor(KEY, rules=(*SECRET_RULES, *PERSONAL_RULES, *phone_rules("DE")))


def test_a_number_without_country_code_is_read_in_the_region_that_was_set() -> None:
    german = "mobil 0171 1234567, fest (089) 123456-78"
    assert len(PSEUDONYM.findall(GERMAN.text(german))) == 2
    assert GERMAN.text("0171/1234567") == GERMAN.text("+49 171 1234567")
    assert GERMAN.text("order 0123456789 of 01.02.2024") == "order 0123456789 of 01.02.2024"
    nowhere = PatternRedactor(KEY, rules=phone_rules(None))
    assert nowhere.text("415-555-2671") == "415-555-2671"
    assert nowhere.text("+1 415-555-2671").startswith("[phone:")


@pytest.mark.long
@pytest.mark.parametrize(
    "unit", ["1 ", "1-", "0 1 ", "12-34 56-78 ", "1234 5678 9012 3456 ", *DENSE.values()]
)
def test_the_work_on_a_text_grows_with_its_length_only(unit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    parse = phonenumbers.parse

    def counted(*given: str | None) -> phonenumbers.PhoneNumber:
        nonlocal looks
        looks += 1
        return parse(str(given[0]), given[1])

    monkeypatch.setattr("phonenumbers.parse", counted)
    REDACTOR.text(unit * (1_000_000 // len(unit)))
    assert looks <= 40_000
