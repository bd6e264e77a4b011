"""The same words and tones on every page: each state has one, and each sentence its numbers."""

from datetime import timedelta

import pytest
from tests.conftest import START

from upspiral.cycle.report import NightSummary
from upspiral.domain import CycleKind, DeploymentState, Ending, Outcome, Status, Verdict
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId
from upspiral.server.console import words
from upspiral.server.console.words import describe_night, ending_cell, rate_text, status_cell

TONES = {"good", "bad", "warn", "calm"}


def _night(ending: Ending | None, **more: object) -> NightSummary:
    ended = None if ending is None else START + timedelta(hours=2)
    about = {"reason": "", "story": CycleKind.IMPROVE, "ending": ending, "ended": ended}
    return NightSummary(**{"cycle": "cyc_1", "agent": "support", "started": START, **about, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tones", "kinds"),
    [
        (words.ENDING_TONES, Ending),
        (words.STATUS_TONES, Status),
        (words.STATE_TONES, DeploymentState),
        (words.VERDICT_TONES, Verdict),
    ],
)
def test_every_state_has_a_tone_that_the_style_sheet_knows(
    tones: dict[str, str], kinds: type[Ending | Status | DeploymentState | Verdict]
) -> None:
    assert set(tones) == set(kinds)
    assert set(tones.values()) <= TONES


@pytest.mark.parametrize("ending", [None, *Ending])
def test_every_ending_is_told_in_a_sentence(ending: Ending | None) -> None:
    (told,) = describe_night(_night(ending))
    assert told.endswith(".")
    assert "_" not in ending_cell(ending).text


def test_a_night_that_is_under_way_is_shown_so() -> None:
    assert (ending_cell(None).text, ending_cell(None).tone) == ("under way", "warn")


def test_a_night_is_told_with_the_numbers_that_it_rests_on() -> None:
    told = " ".join(
        describe_night(
            _night(
                Ending.REJECTED,
                reason="The gate refused",
                patterns=("asks for a refund", "ships abroad"),
                taught=40,
                heldout=20,
                candidate="support@2",
                candidate_rate=0.75,
                incumbent_rate=0.7,
                gain=0.05,
                gain_low=-0.1,
                gain_high=0.2,
                gate_passed=False,
                failed_checks=("better overall",),
                used_tokens=12_345,
            )
        )
    )
    for part in (
        "The gate refused. It was about asks for a refund, ships abroad.",
        "40 cases taught, 20 were held out",
        "support@2 was right in 75.0 %, the live version in 70.0 %: +5.0 points (95 %: -10.0 to +20.0)",
        "The gate refused because of better overall.",
        "12,345 tokens of paid models (price unknown)",
    ):
        assert part in told


def test_where_a_judge_compared_nothing_is_said_of_right_and_wrong() -> None:
    told = " ".join(
        describe_night(_night(Ending.PROMOTED, judged=True, gain=0.1, gain_low=0.02, gain_high=0.2))
    )
    assert "The judge preferred the candidate by +10.0 points" in told
    assert "was right in" not in told


def test_an_interaction_that_nobody_rated_is_unknown() -> None:
    assert status_cell(None).text == Status.UNKNOWN
    failed = Outcome(
        interaction=InteractionId("int_1"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("support"),
        status=Status.FAILURE,
        reason="rated bad by a user",
        at=START,
    )
    assert (status_cell(failed).text, status_cell(failed).tone) == ("failure", "bad")


def test_a_rate_without_ratings_shows_no_interval() -> None:
    assert rate_text(None, 0.0, 1.0) == "not rated yet"
