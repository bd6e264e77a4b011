"""Signals are read by the Interaction that they are about."""

from tests.conftest import Maker

from upspiral import capture
from upspiral.capture import CaptureSettings
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.store import Store


def test_signals_are_grouped_by_interaction_the_oldest_first(any_store: Store, make: Maker) -> None:
    first, second, unrated = (make.interaction() for _ in range(3))
    capture.record(any_store, first, second, unrated)
    signals = [make.feedback(first, 1.0), make.feedback(second, 0.0), make.feedback(first, 0.0)]
    capture.give_feedback(any_store, signals[::-1], settings=CaptureSettings(), now=make.tick())
    found = any_store.feedback.group_about(DEFAULT_WORKSPACE, [first.id, second.id, unrated.id])
    assert [one.id for one in found[first.id]] == [signals[0].id, signals[2].id]
    assert [one.id for one in found[second.id]] == [signals[1].id]
    assert found[unrated.id] == []
