"""What counts as success."""

from tests.conftest import START, Maker

from upspiral.capture.config import CaptureSettings
from upspiral.capture.outcome import fold_outcome
from upspiral.domain import Feedback, Interaction, Outcome, Source, Status

SETTINGS = CaptureSettings()


def _fold(about: Interaction, *signals: Feedback, previous: Outcome | None = None) -> Outcome:
    return fold_outcome(about, signals, settings=SETTINGS, now=START, previous=previous)


def test_without_signals_nothing_is_known(make: Maker) -> None:
    outcome = _fold(make.interaction())
    assert (outcome.status, outcome.score, outcome.settled) == (Status.UNKNOWN, None, None)


def test_an_error_is_a_failure_until_somebody_says_otherwise(make: Maker) -> None:
    about = make.interaction(error="timeout")
    assert _fold(about).status == Status.FAILURE
    assert _fold(about, make.feedback(about, 1.0)).status == Status.SUCCESS


def test_a_more_trusted_source_decides_alone(make: Maker) -> None:
    about = make.interaction()
    thumbs = make.feedback(about, 1.0)
    verdict = make.feedback(about, 0.0, source=Source.HUMAN_EVALUATION, rater="expert")
    outcome = _fold(about, thumbs, verdict)
    assert outcome.status == Status.FAILURE
    assert "human_evaluation" in outcome.reason
    assert set(outcome.signals) == {thumbs.id, verdict.id}


def test_each_rater_counts_once_with_the_latest_word(make: Maker) -> None:
    about = make.interaction()
    signals = [make.feedback(about, s) for s in (0.0, 0.0, 1.0)] + [make.feedback(about, 0.5, rater="ben")]
    assert _fold(about, *signals).score == 0.75


def test_a_correction_means_failure_unless_it_is_the_answer(make: Maker) -> None:
    about = make.interaction(answer="Here.")
    wrong = make.feedback(about, source=Source.USER_CORRECTION, correction="There.")
    same = make.feedback(about, source=Source.USER_CORRECTION, correction="Here. ")
    assert _fold(about, wrong).status == Status.FAILURE
    assert _fold(about, same).status == Status.SUCCESS


def test_a_comment_alone_decides_nothing(make: Maker) -> None:
    about = make.interaction()
    assert _fold(about, make.feedback(about, comment="hm")).status == Status.UNKNOWN


def test_the_moment_of_settling_is_kept_when_a_late_signal_turns_it(make: Maker) -> None:
    about = make.interaction()
    first = _fold(about, make.feedback(about, 1.0))
    later = fold_outcome(
        about, [make.feedback(about, 0.0)], settings=SETTINGS, now=make.tick(500), previous=first
    )
    assert later.status == Status.FAILURE
    assert later.settled == first.settled
