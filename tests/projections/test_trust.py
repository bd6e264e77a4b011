"""Trust is read from all outcomes once; nobody waits for that without an end."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from tests.conftest import Maker
from tests.waiting import until

from upspiral.app import App
from upspiral.capture import give_feedback, record
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import Busy, StoreError
from upspiral.projections import trust as module


@pytest.fixture
def rated(data: Path, make: Maker) -> Iterator[App]:
    """An app with an answer that was rated."""
    with App(load(data=data), nights=False) as app:
        one = make.interaction()
        record(app.runtime.store, one, now=make.now)
        told = [make.feedback(one, 1.0)]
        give_feedback(app.runtime.store, told, settings=app.settings.capture, now=make.tick())
        yield app


def test_a_reader_is_told_that_the_first_reading_takes_long_and_gets_the_scores_afterwards(
    rated: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust, may_read = rated.runtime.projections.trust(DEFAULT_WORKSPACE), Event()
    refresh = trust._folds.refresh

    def read_slowly(*given: Any, **named: Any) -> Any:
        assert may_read.wait(30)
        return refresh(*given, **named)

    monkeypatch.setattr(trust._folds, "refresh", read_slowly)
    monkeypatch.setattr(module, "MAX_FIRST_WAIT_S", 0.02)
    for _ in range(2):  # the second waits for the same reading
        with pytest.raises(Busy, match="for the first time"):
            trust.scores()
    may_read.set()
    until(lambda: trust._folds.warm)
    assert [one.sample_size for one in trust.scores()] == [1]


def test_a_first_reading_that_fails_is_told_and_tried_again(
    rated: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = rated.runtime.projections.trust(DEFAULT_WORKSPACE)

    def fail(*_: object, **__: object) -> None:
        raise StoreError("The store cannot be read.")

    with monkeypatch.context() as broken:
        broken.setattr(trust._folds, "refresh", fail)
        with pytest.raises(StoreError, match="cannot be read"):
            trust.scores()
    assert len(trust.scores()) == 1
