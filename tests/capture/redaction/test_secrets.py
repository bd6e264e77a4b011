"""What is given to a password or a key is hidden; where the name alone stands nothing is."""

import re

import pytest

from upspiral.capture.redaction import PatternRedactor
from upspiral.capture.redaction.secrets import NAMED, PRIVATE_KEY, SECRET_NAME

REDACTOR = PatternRedactor(b"k" * 32, rules=(PRIVATE_KEY, *NAMED))


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("password=hunter2horse and go", "hunter2horse"),
        ('{"api_key": "a b c d e"}', "a b c d e"),
        ("Passwort: geheim123", "geheim123"),
        ("my password is Tr0ub4dor&3", "Tr0ub4dor&3"),
        ("deploy --password s3cr3tPw", "s3cr3tPw"),
        ("<password>hunter2horse</password>", "hunter2horse"),
    ],
)
def test_a_value_is_hidden_in_every_way_of_giving_it(text: str, secret: str) -> None:
    hidden = REDACTOR.text(text)
    assert secret not in hidden
    assert re.search(r"\[secret:[0-9a-f]{12}\]", hidden)


@pytest.mark.parametrize(
    "text",
    ["Forgot password: click the link", "password: str", "api_key=settings.api_key", "the secret: work hard"],
)
def test_a_name_alone_and_code_are_left_as_they_are(text: str) -> None:
    assert REDACTOR.text(text) is text


@pytest.mark.parametrize(
    ("name", "is_secret"), [("db_password", True), ("apiKey", True), ("key_count", False), ("name", False)]
)
def test_the_name_of_a_field_tells_whether_its_whole_value_is_a_secret(name: str, is_secret: bool) -> None:
    assert bool(SECRET_NAME.search(name)) is is_secret
