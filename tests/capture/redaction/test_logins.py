"""A password beside a user's name is hidden, wherever the two stand."""

import re

import pytest

from upspiral.capture.redaction import PatternRedactor
from upspiral.capture.redaction.logins import LOGINS

REDACTOR = PatternRedactor(b"k" * 32, rules=LOGINS)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgres://app:s3cr3t!pw@db/live", "s3cr3t!pw"),
        ("curl -u anna:hunter2horse https://example.com", "hunter2horse"),
        ("Authorization: Bearer abcdefghij0123456789XY", "abcdefghij0123456789XY"),
        ("Authorization: Basic YW5uYTpodW50ZXIy", "YW5uYTpodW50ZXIy"),
        ("https://example.com/file?x=1&access_token=9f8e7d6c5b4a39281706", "9f8e7d6c5b4a39281706"),
    ],
)
def test_the_password_goes_and_what_is_around_it_stays(text: str, secret: str) -> None:
    hidden = REDACTOR.text(text)
    before, after = text.split(secret)
    assert re.fullmatch(re.escape(before) + r"\[secret:[0-9a-f]{12}\]" + re.escape(after), hidden)


@pytest.mark.parametrize(
    "text",
    [
        "https://example.com:8080/path",
        "the bearer of news",
        "ratio 3:4",
        "user: anna",
        "https://x.org/?page=2",
    ],
)
def test_ports_ratios_and_names_are_left_alone(text: str) -> None:
    assert REDACTOR.text(text) is text
