"""Writing down what happened, on both databases."""

import pytest
from tests.conftest import Maker

from upspiral import capture
from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.domain import (
    Feedback,
    FeedbackTarget,
    PendingFeedback,
    Source,
    Status,
)
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    FeedbackId,
    InteractionId,
)
from upspiral.errors import NotFound
from upspiral.store import Store

SETTINGS = CaptureSettings()


def test_an_interaction_recorded_twice_is_there_once(any_store: Store, make: Maker) -> None:
    happened = make.interaction()
    record(any_store, happened)
    record(any_store, happened)
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 1


def test_feedback_days_later_folds_the_outcome_again(any_store: Store, make: Maker) -> None:
    happened = make.interaction()
    record(any_store, happened)
    give_feedback(any_store, [make.feedback(happened, 1.0)], settings=SETTINGS, now=make.now)
    make.tick(5 * 86400)
    late = make.feedback(happened, 0.0, rater="ben")
    [outcome] = give_feedback(any_store, [late], settings=SETTINGS, now=make.now)
    assert (outcome.score, outcome.status) == (0.5, Status.UNKNOWN)
    assert len(any_store.feedback.about(DEFAULT_WORKSPACE, [happened.id])) == 2


def test_feedback_on_something_unknown_is_refused_and_nothing_is_written(
    any_store: Store, make: Maker
) -> None:
    known, unknown = make.interaction(), make.interaction(id=InteractionId("int_nowhere"))
    record(any_store, known)
    signals = [make.feedback(known, 1.0), make.feedback(unknown, 1.0)]
    with pytest.raises(NotFound, match="int_nowhere"):
        give_feedback(any_store, signals, settings=SETTINGS, now=make.now)
    assert any_store.feedback.total(DEFAULT_WORKSPACE) == 0


def test_an_error_has_its_outcome_at_once(any_store: Store, make: Maker) -> None:
    happened = make.interaction(error="the provider timed out")
    record(any_store, happened)
    assert any_store.outcomes.of(DEFAULT_WORKSPACE, [happened.id])[happened.id].status == Status.FAILURE


def _early(make: Maker, by: FeedbackTarget, key: str, score: float = 0.0, number: int = 1) -> PendingFeedback:
    ident = FeedbackId(f"fb_{by}_{number}")
    said = Feedback(
        id=ident,
        workspace=DEFAULT_WORKSPACE,
        interaction=InteractionId(""),
        at=make.tick(),
        source=Source.USER_RATING,
        score=score,
    )
    return PendingFeedback(id=ident, workspace=DEFAULT_WORKSPACE, at=said.at, by=by, key=key, signal=said)


@pytest.mark.parametrize("by", list(FeedbackTarget))
def test_feedback_joins_by_any_of_its_interactions_ids(
    any_store: Store, make: Maker, by: FeedbackTarget
) -> None:
    happened = make.interaction(trace="t1", conversation="c1", client_id="mine")
    capture.record(any_store, happened)
    key = {
        FeedbackTarget.INTERACTION: happened.id,
        FeedbackTarget.TRACE: "t1",
        FeedbackTarget.CONVERSATION: "c1",
    }.get(by, "mine")
    given = capture.give_named(
        any_store, [_early(make, by, key)], settings=SETTINGS, now=make.now, wait=False
    )
    assert [one.status for one in given.outcomes] == [Status.FAILURE]
    assert given.waiting == []


@pytest.mark.parametrize("by", list(FeedbackTarget))
def test_feedback_that_comes_first_waits_and_is_joined(
    any_store: Store, make: Maker, by: FeedbackTarget
) -> None:
    happened = make.interaction(trace="t1", conversation="c1", client_id="mine")
    key = {
        FeedbackTarget.INTERACTION: happened.id,
        FeedbackTarget.TRACE: "t1",
        FeedbackTarget.CONVERSATION: "c1",
    }.get(by, "mine")
    early = _early(make, by, key)
    given = capture.give_named(any_store, [early], settings=SETTINGS, now=make.now, wait=True)
    assert given.waiting == [early.id]
    assert capture.join_early(any_store, settings=SETTINGS, now=make.now) == 0
    capture.record(any_store, happened)
    assert capture.join_early(any_store, settings=SETTINGS, now=make.now) == 1
    assert any_store.outcomes.of(DEFAULT_WORKSPACE, [happened.id])[happened.id].status == Status.FAILURE
    assert capture.join_early(any_store, settings=SETTINGS, now=make.now) == 0


def test_an_unknown_interaction_is_refused_unless_it_may_wait(store: Store, make: Maker) -> None:
    early = _early(make, FeedbackTarget.INTERACTION, "int_nowhere")
    given = capture.give_named(store, [early], settings=SETTINGS, now=make.now, wait=False)
    assert isinstance(given.refused[0], NotFound)
    assert "int_nowhere" in given.refused[0].message
    assert store.early_feedback.list_rows(DEFAULT_WORKSPACE) == []


def test_a_late_signal_changes_the_outcome_and_the_earlier_ones_are_kept(store: Store, make: Maker) -> None:
    happened = make.interaction(conversation="c1")
    capture.record(store, happened)
    for number, score in enumerate((0.0, 1.0)):
        early = _early(make, FeedbackTarget.CONVERSATION, "c1", score, number)
        [outcome] = capture.give_named(store, [early], settings=SETTINGS, now=make.now, wait=False).outcomes
    assert outcome.status == Status.SUCCESS
    assert len(outcome.signals) == 2
