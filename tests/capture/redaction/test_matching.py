"""One look finds what every pattern would find."""

import pytest
from tests.capture.redaction.planted import HIDDEN, KEY, REDACTOR

from upspiral.capture.redaction import (
    RULES,
    PatternRedactor,
    matching,
)
from upspiral.errors import ConfigError


class Blind:
    """A set that ran out of memory."""

    def Match(self, data: bytes) -> None:
        return None


def test_a_prefilter_that_gives_up_hides_all_the_same() -> None:
    redactor = PatternRedactor(KEY)
    object.__setattr__(redactor, "_set", Blind())
    hidden = redactor.texts([around.format(value) for _, around, value in HIDDEN])
    assert hidden == [REDACTOR.text(around.format(value)) for _, around, value in HIDDEN]


def test_patterns_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"'a'.*too large"):
        PatternRedactor(KEY, extra={"a": r"\pL{900}" * 9})
    monkeypatch.setattr(matching, "SET_MEMORY", 20_000)
    with pytest.raises(ConfigError, match="together"):
        PatternRedactor(KEY, extra={"own": "these are compiled for the first time"})


@pytest.mark.long
def test_every_rule_has_a_hint_that_sees_what_its_pattern_sees() -> None:
    for _, around, value in HIDDEN:
        text = around.format(value)
        alone = [rule for rule in RULES if PatternRedactor(KEY, rules=(rule,)).text(text) != text]
        assert alone, value
