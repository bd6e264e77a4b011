"""A learning cycle is due after enough labels, or after a day with any."""

from datetime import timedelta

import pytest
from msgspec import structs
from tests.conftest import Maker
from tests.projections.test_router import learned

from upspiral import capture
from upspiral.capture import CaptureSettings
from upspiral.domain import Kind
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.projections.learning_due import MIN_NEW_LABELED, check_learning_due
from upspiral.store import Store


def label(store: Store, make: Maker, count: int) -> None:
    turns = [make.interaction(kind=Kind.RECOMMENDATION) for _ in range(count)]
    capture.record(store, *turns)
    signals = [make.feedback(turn, 1.0) for turn in turns]
    capture.give_feedback(store, signals, settings=CaptureSettings(), now=make.tick())


@pytest.mark.parametrize(
    ("labeled", "due"), [(0, False), (MIN_NEW_LABELED - 1, False), (MIN_NEW_LABELED, True)]
)
def test_the_first_cycle_waits_for_enough_labels(store: Store, make: Maker, labeled: int, due: bool) -> None:
    label(store, make, labeled)
    found = check_learning_due(store, DEFAULT_WORKSPACE, now=make.now)
    assert (found.due, found.settled, found.last) == (due, labeled, None)


def test_after_a_cycle_a_day_with_one_label_is_enough(store: Store, make: Maker) -> None:
    ran = structs.replace(learned(), at=make.tick())
    store.learning_runs.add(ran)
    assert not check_learning_due(store, DEFAULT_WORKSPACE, now=make.now + timedelta(days=2))
    label(store, make, 1)
    assert not check_learning_due(store, DEFAULT_WORKSPACE, now=make.now)
    later = check_learning_due(store, DEFAULT_WORKSPACE, now=ran.at + timedelta(days=1))
    assert later.due
    assert later.last == ran.at


def test_after_a_large_cycle_more_labels_are_needed(store: Store, make: Maker) -> None:
    ran = learned()
    iteration = structs.replace(ran.learned.iteration, samples_analyzed=300)
    store.learning_runs.add(structs.replace(ran, learned=structs.replace(ran.learned, iteration=iteration)))
    label(store, make, 29)
    assert not check_learning_due(store, DEFAULT_WORKSPACE, now=make.now)
    label(store, make, 1)
    assert check_learning_due(store, DEFAULT_WORKSPACE, now=make.now)
