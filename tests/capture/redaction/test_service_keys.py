"""Keys are known by how each service writes them."""

import re

import pytest
from tests.capture.redaction.planted import made

from upspiral.capture.redaction import PatternRedactor
from upspiral.capture.redaction.service_keys import SERVICE_KEYS

REDACTOR = PatternRedactor(b"k" * 32, rules=SERVICE_KEYS)
KEYS = [
    made("ups_0a1b2c", 43), made("sk-proj-", 60), made("sk-ant-api03-", 90), made("gsk_", 52),
    made("hf_", 34), made("ghp_", 36), made("github_pat_", 60), made("glpat-", 20), made("AIza", 35), made("sk_live_", 24),
    made("npm_", 36), made("xoxb-1234567890-", 30), made("AKIA", 16, signs="Q3EGRNP7XKLMZ2WT"),
]  # fmt: skip


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
