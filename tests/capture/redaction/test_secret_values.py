"""Is a value a secret, a placeholder, code or a word?"""

from random import Random

import pytest

from upspiral.capture.redaction.secret_values import (
    match_assigned,
    match_basic,
    match_letters_and_digits,
    match_mixed,
    match_password,
    match_random,
    match_stated,
)

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def test_nearly_every_value_drawn_at_random_is_found() -> None:
    rng = Random(7)
    drawn = ["".join(rng.choices(ALPHABET, k=32)) for _ in range(500)]
    assert sum(bool(list(match_random(value))) for value in drawn) >= 470
    assert sum(bool(list(match_mixed(value))) for value in drawn) >= 490


@pytest.mark.parametrize(
    "value", ["created_at_2024_01", "learn-compatible-estimators", "a_long_name_of_words"]
)
def test_names_made_of_words_are_not_random(value: str) -> None:
    assert list(match_random(value)) == []
    assert list(match_mixed(value)) == []


@pytest.mark.parametrize(
    "value", ["None", "null", "<your key>", "***", "xxxx", "${DB_PASSWORD}", "os.environ[", "getpass("]
)
def test_placeholders_and_code_are_no_secrets(value: str) -> None:
    assert list(match_assigned(value)) == []


def test_behind_a_colon_a_word_of_prose_is_no_secret_and_a_password_is_one() -> None:
    assert list(match_stated("click")) == []
    assert [found for _, _, found in match_stated("hunter2!")] == ["hunter2"]


@pytest.mark.parametrize(
    ("value", "found"), [("Zima2024!", True), ("reset", False), ("2024-01-15", False), ("SHA256", False)]
)
def test_beside_a_name_only_what_looks_like_a_password_counts(value: str, found: bool) -> None:
    assert bool(list(match_password(value))) is found


@pytest.mark.parametrize(("value", "found"), [("s3cr3tPw", True), ("1000", False), ("words", False)])
def test_letters_and_digits_together_are_a_password(value: str, found: bool) -> None:
    assert bool(list(match_letters_and_digits(value))) is found


def test_basic_credentials_are_a_name_and_a_password_once_decoded() -> None:
    assert list(match_basic("YW5uYTpodW50ZXIy"))
    assert not list(match_basic("Authentication"))
