"""A router counts every settled Outcome once: late ones, many at once, changed ones, and none twice."""

from datetime import timedelta

import pytest
from tests.conftest import Maker

from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.domain import Interaction
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.projections import routing_updates
from upspiral.projections.feed import BATCH_ROWS, COMMIT_LAG
from upspiral.projections.router import Router
from upspiral.route.config import RouteSettings
from upspiral.store import Store

SETTINGS = CaptureSettings()


def router() -> Router:
    return Router(DEFAULT_WORKSPACE, RouteSettings())


def judged(store: Store, make: Maker, *interactions: Interaction, score: float = 1.0) -> None:
    give_feedback(store, [make.feedback(i, score) for i in interactions], settings=SETTINGS, now=make.now)


def recorded(store: Store, make: Maker, n: int) -> list[Interaction]:
    found = [make.interaction() for _ in range(n)]
    record(store, *found, now=make.now)
    return found


def test_an_outcome_that_is_committed_late_is_counted_once(store: Store, make: Maker) -> None:
    late, *others = recorded(store, make, 4)
    moment, following = make.now, router()
    make.tick(COMMIT_LAG.total_seconds() - 10)
    judged(store, make, *others)
    assert following.update(store, ["support"]) == 3
    give_feedback(store, [make.feedback(late, 1.0)], settings=SETTINGS, now=moment)
    assert following.update(store, ["support"]) == 1
    assert following.update(store, ["support"]) == 0
    assert following.now == 4


@pytest.mark.long
def test_more_outcomes_of_one_moment_than_are_read_at_once_are_all_counted(store: Store, make: Maker) -> None:
    following = router()
    for size in (2 * BATCH_ROWS + 7, 2 * BATCH_ROWS, 3):
        judged(store, make, *recorded(store, make, size))
        assert following.update(store, ["support"]) == size
    assert following.now == 4 * BATCH_ROWS + 10


def test_an_outcome_that_changes_is_counted_once_however_long_ago_it_settled(
    store: Store, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routing_updates, "MAX_COUNTED_CONVERSATIONS", 10)
    following, first = router(), recorded(store, make, 30)
    for one in first:
        judged(store, make, one)
    assert following.update(store, ["support"]) == 30
    make.tick(600)
    judged(store, make, *first, score=0.0)
    assert following.update(store, ["support"]) == 0
    judged(store, make, *recorded(store, make, 5))
    assert following.update(store, ["support"]) == 5


def test_an_error_that_is_recorded_late_is_counted_by_a_router_that_went_on(
    store: Store, make: Maker
) -> None:
    following = router()
    broken = make.interaction(error="timeout")
    make.tick(timedelta(hours=3).total_seconds())
    judged(store, make, *recorded(store, make, 2))
    assert following.update(store, ["support"]) == 2
    record(store, broken, now=make.tick())
    assert following.update(store, ["support"]) == 1
