"""The routers of a process, above all while they are still being taught."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest

from upspiral import capture
from upspiral.capture import CaptureSettings
from upspiral.config import Settings
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.errors import StoreError
from upspiral.projections import feed, router, router_pool
from upspiral.projections.router_pool import RouterPool
from upspiral.store import Store

if TYPE_CHECKING:
    from tests.conftest import Maker

AGENTS = [AgentId("able"), AgentId("clumsy")]
FACTS, PIECE = 60, 10


@pytest.fixture
def made(
    store: Store, make: "Maker", tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RouterPool]:
    """Routers over sixty facts, of which ten are read at once; a request waits for a moment only."""
    monkeypatch.setattr(feed, "BATCH_ROWS", PIECE)
    monkeypatch.setattr(router, "FIRST_REBUILD_FACTS", PIECE)
    monkeypatch.setattr(router_pool, "MAX_REQUEST_WAIT_S", 0.05)
    for number in range(FACTS):
        turn = make.interaction(agent=AGENTS[number % 2])
        capture.record(store, turn)
        signal = make.feedback(turn, 1.0 - number % 2)
        capture.give_feedback(store, [signal], settings=CaptureSettings(), now=make.now)
    opened = RouterPool(Settings(data=tmp_path), store, lambda _: AGENTS)
    yield opened
    opened.close()


class Halt:
    """Lets the reading of facts go on until so many pieces were read, and further when it is told."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch, pieces: int) -> None:
        self.reached, self.further, self.left = Event(), Event(), pieces
        self._read = store.outcomes.list_folded_after
        monkeypatch.setattr(store.outcomes, "list_folded_after", self._waiting)

    def _waiting(self, *asked: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            self.reached.set()
            assert self.further.wait(20)
        return self._read(*asked)


def test_requests_are_served_by_what_is_read_so_far(
    made: RouterPool, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    halt = Halt(store, monkeypatch, pieces=4)
    assert made.get_nowait(DEFAULT_WORKSPACE) is None
    router = made.get_within(DEFAULT_WORKSPACE)
    assert set(router.table("all").agents) == set(AGENTS)
    assert halt.reached.wait(20)
    assert made.get_nowait(DEFAULT_WORKSPACE) is router
    early = router.table("all").probability("able")
    assert 0.9 < early < 1, "tables are laid out while much is being read"
    router.prepare_speed(speed=True)
    assert router.is_ready(speed=True), "a caller in a hurry does not wait for the end"
    halt.further.set()
    assert made.get(DEFAULT_WORKSPACE) is router
    assert router.now == FACTS
    assert router.table("all").probability("able") >= early


def test_what_cannot_be_read_is_told_and_read_at_the_next_use(
    made: RouterPool, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise StoreError("The disk is away.")

    with monkeypatch.context() as patch:
        patch.setattr(store.outcomes, "list_folded_after", broken)
        with pytest.raises(StoreError, match="disk is away"):
            made.get(DEFAULT_WORKSPACE)
    assert made.get_nowait(DEFAULT_WORKSPACE) is None
    assert made.get(DEFAULT_WORKSPACE).now == FACTS


def test_closing_does_not_wait_until_everything_is_read(
    made: RouterPool, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    halt = Halt(store, monkeypatch, pieces=1)
    router = made.get_within(DEFAULT_WORKSPACE)
    assert halt.reached.wait(20)
    router.close()
    halt.further.set()
    made.close()
    assert router.now < FACTS
