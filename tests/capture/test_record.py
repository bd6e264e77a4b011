"""Writing down what happened, on both databases."""

import pytest
from tests.conftest import Maker

from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.domain import Status
from upspiral.domain.ids import DEFAULT_WORKSPACE, InteractionId
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
