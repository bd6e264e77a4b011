"""Keys are known by how each service writes them."""

import re

import pytest
from tests.capture.redaction.planted import made

from upspiral.capture.redaction import PatternRedactor
from upspiral.capture.redaction.service_keys import SERVICE_KEYS

REDACTOR = PatternRedactor(b"k" * 32, rules=SERVICE_KEYS)
KEYS = [
    made(start, length)
    for start, length in (
        ("ups_0a1b2c", 43),
        ("sk-proj-", 60),
        ("sk-ant-api03-", 90),
        ("gsk_", 52),
        ("hf_", 34),
        ("ghp_", 36),
        ("github_pat_", 60),
        ("glpat-", 20),
        ("AIza", 35),
        ("sk_live_", 24),
        ("npm_", 36),
        ("xoxb-1234567890-", 30),
    )
]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key[:8])
def test_a_key_is_hidden_whole_within_a_sentence(key: str) -> None:
    assert re.fullmatch(r"use \[secret:[0-9a-f]{12}\] please", REDACTOR.text(f"use {key} please"))


@pytest.mark.parametrize(
    "text", ["sk-learn-compatible-estimators", "hf_hub", "gsk_test", "AKIA", "npm_config_cache"]
)
def test_first_letters_alone_are_no_key(text: str) -> None:
    assert REDACTOR.text(text) is text


def test_every_rule_of_a_key_hides_it_as_a_secret_and_says_whose_it_is() -> None:
    assert {rule.label for rule in SERVICE_KEYS} == {"secret"}
    assert len({rule.what for rule in SERVICE_KEYS}) == len(SERVICE_KEYS)
