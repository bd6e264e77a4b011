"""The names of passwords and keys, in many languages."""

import re

import pytest

from upspiral.capture.redaction.secret_names import NAMES, SHORT_PASSWORDS

NAME = re.compile(f"(?i)^{NAMES}$")


@pytest.mark.parametrize(
    "name",
    [
        "password", "passwords", "Passwort", "contraseña", "mot de passe", "пароль", "密码", "パスワード",
        "비밀번호", "api_key", "API-Key", "secret key", "access token", "private key",
    ],
)  # fmt: skip
def test_a_name_of_a_secret_is_known_in_any_language_and_writing(name: str) -> None:
    assert NAME.match(name)


@pytest.mark.parametrize(
    "name", ["passenger", "keyboard", "monkey", "author", "compass", "tokenizer", "Passau"]
)
def test_a_word_that_only_begins_like_one_is_none(name: str) -> None:
    assert not NAME.match(name)


@pytest.mark.parametrize(
    ("text", "known"), [("pw", True), ("db_pass", True), ("dbPass", True), ("bypass", False)]
)
def test_a_short_name_counts_where_it_is_a_word_of_its_own(text: str, known: bool) -> None:
    assert bool(re.search(f"(?i){SHORT_PASSWORDS}$", text)) is known
