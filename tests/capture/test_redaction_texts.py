"""Redaction of texts of many kinds: what must be hidden is, what must stay does, and no look is skipped."""

import json
from itertools import product
from pathlib import Path
from random import Random

import pytest
from stdnum import luhn
from tests.capture.redaction.planted import PSEUDONYM
from tests.capture.redaction.test_matching import Blind
from tests.capture.redaction_texts import (
    FIRST_TO_HIDE,
    FIRST_TO_KEEP,
    SECOND_TO_HIDE,
    SECOND_TO_KEEP,
    fill,
    read_marked,
)
from tests.conftest import Maker

from upspiral.capture.redaction import ADDRESSES, RULES, PatternRedactor

REDACTOR = PatternRedactor(b"0123456789abcdef0123456789abcdef")
TO_HIDE = [*FIRST_TO_HIDE, *SECOND_TO_HIDE]
TO_KEEP = [*FIRST_TO_KEEP, *SECOND_TO_KEEP]
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "redaction.md"
ISSUERS = {"4": 16, "51": 16, "2223": 16, "6011": 16, "34": 15, "3566": 16, "62": 16}
GAPS = ("", " ", "-", ".", "\u00a0", "\u2009", "\u202f", "\u2011", "\u2013")
NAMES = (
    "password",
    "Passwort",
    "mot de passe",
    "contraseña",
    "senha",
    "пароль",
    "hasło",
    "şifre",
    "密码",
    "비밀번호",
)
BETWEEN = (": ", "=", " = ", "：", " : ", ':"', " - ", " **", "\u00a0: ")


def test_the_texts_are_many_and_of_all_labels() -> None:
    assert len(TO_HIDE) >= 150
    assert len(TO_KEEP) >= 150
    labels = {
        found[1] for text in TO_HIDE for found in PSEUDONYM.finditer(REDACTOR.text(read_marked(text)[0]))
    }
    assert labels == {"secret", "card", "iban", "ssn", "phone", "email"}


@pytest.mark.parametrize("marked", TO_HIDE)
def test_what_is_marked_is_hidden_and_the_words_around_it_stay(marked: str) -> None:
    text, values = read_marked(marked)
    hidden = REDACTOR.text(text)
    want = fill(marked)
    for value, found in zip(values, PSEUDONYM.finditer(hidden), strict=True):
        want = want.replace(f"⟦{value}⟧", found[0])
    assert hidden == want
    assert REDACTOR.text(hidden) == hidden


@pytest.mark.parametrize("text", TO_KEEP)
def test_what_only_looks_like_it_stays(text: str) -> None:
    text = fill(text)
    assert REDACTOR.text(text) is text


@pytest.mark.long
def test_the_first_look_passes_over_nothing_that_a_rule_finds() -> None:
    slow = PatternRedactor(REDACTOR.key)
    object.__setattr__(slow, "_set", Blind())
    for text in (*(read_marked(text)[0] for text in TO_HIDE), *map(fill, TO_KEEP)):
        assert REDACTOR.text(text) == slow.text(text)
        assert REDACTOR.text(json.dumps(text)) == slow.text(json.dumps(text))


def test_what_is_marked_is_hidden_within_json_however_that_is_escaped(make: Maker) -> None:
    for marked in TO_HIDE:
        text, values = read_marked(marked)
        for plain in (True, False):
            given = json.dumps({"a": [text]}, ensure_ascii=plain)
            hidden = json.loads(REDACTOR.text(given))["a"][0]
            assert not [value for value in values if value in hidden]
    hidden = REDACTOR.interaction(
        make.interaction(metadata={"пароль": "Leto2024", "order": "4242424242424242"})
    )
    assert hidden.metadata["пароль"].startswith("[secret:")
    assert hidden.metadata["order"] == "4242424242424242"


@pytest.mark.parametrize(("issuer", "gap"), [*product(ISSUERS, GAPS)])
def test_a_card_of_any_issuer_is_hidden_with_anything_between_its_groups(issuer: str, gap: str) -> None:
    rng = Random(f"{issuer}{gap}")
    digits = issuer + "".join(rng.choices("0123456789", k=ISSUERS[issuer] - 1 - len(issuer)))
    digits += luhn.calc_check_digit(digits)
    sizes = (4, 6, 5) if len(digits) == 15 else (4, 4, 4, 4)
    starts = [sum(sizes[:place]) for place in range(len(sizes))]
    written = gap.join(digits[start : start + size] for start, size in zip(starts, sizes, strict=True))
    assert REDACTOR.text(f"pay {written} now") == f"pay {REDACTOR.text(digits)} now"
    wrong = written[:-1] + str((int(written[-1]) + 1) % 10)
    assert "[card" not in REDACTOR.text(f"pay {wrong} now")
    assert REDACTOR.text(f"order {written}") == f"order {written}"


@pytest.mark.parametrize(("name", "between"), [*product(NAMES, BETWEEN)])
def test_a_password_is_hidden_in_any_language_with_anything_before_it(name: str, between: str) -> None:
    for value in ("Zebra42x", "k9!vQm2#"):
        hidden = REDACTOR.text(f"hello, {name}{between}{value} thanks")
        assert value not in hidden
        assert hidden.startswith(f"hello, {name}{between}[secret:")


def test_the_page_names_every_kind_that_is_hidden() -> None:
    page = PAGE.read_text()
    assert not [rule.what for rule in (*RULES, *ADDRESSES) if f"| {rule.what} |" not in page]
