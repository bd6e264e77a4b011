"""Every ending has words and a color; nothing is told twice in two ways."""

from datetime import UTC, datetime

from upspiral.cycle.report import NightSummary
from upspiral.domain import CycleKind, DeploymentState, Ending, Status, Verdict
from upspiral.server.console.words import (
    ENDING_TONES,
    ENDING_WORDS,
    STATE_TONES,
    STATUS_TONES,
    VERDICT_TONES,
    describe_night,
)


def test_every_word_of_the_code_has_its_color() -> None:
    assert set(ENDING_TONES) == set(Ending)
    assert set(ENDING_WORDS) == {*Ending, None}
    assert set(STATE_TONES) == set(DeploymentState)
    assert set(STATUS_TONES) == set(Status)
    assert set(VERDICT_TONES) == set(Verdict)


def test_a_night_that_failed_says_so_and_why() -> None:
    at = datetime(2026, 1, 5, tzinfo=UTC)
    night = NightSummary("cyc", "support", CycleKind.IMPROVE, at, at, Ending.FAILED, "The disk is full")
    assert describe_night(night) == [
        "It broke off, so nothing changed.",
        "The disk is full.",
        "It cost nothing: no paid model was asked.",
    ]
