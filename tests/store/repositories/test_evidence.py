"""Which Interactions a night sees: by version, by when they happened, and by when they were judged."""

from datetime import timedelta

from msgspec import structs
from tests.conftest import START, Maker

from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.domain import Interaction, Window
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId
from upspiral.store import Store
from upspiral.store.repositories.evidence import EvidenceCount

SUPPORT = AgentId("support")
LIVE, OLD = AgentVersionId("av_live"), AgentVersionId("av_old")
DAY = timedelta(days=1)


def _turn(make: Maker, day: float, version: AgentVersionId | None) -> Interaction:
    return structs.replace(make.interaction(version=version), at=START + day * DAY)


def _judge(store: Store, make: Maker, turn: Interaction, day: float, score: float) -> None:
    moment = START + day * DAY
    signal = structs.replace(make.feedback(turn, score), at=moment)
    give_feedback(store, [signal], settings=CaptureSettings(), now=moment)


def test_the_live_version_counts_while_it_lives_and_the_rest_until_it_was_used(
    any_store: Store, make: Maker
) -> None:
    turns = {
        "live": _turn(make, 5, LIVE),
        "live before the window": _turn(make, 1, LIVE),
        "live before the window, judged late": _turn(make, 1.1, LIVE),
        "older version": _turn(make, 5, OLD),
        "imported": _turn(make, 9, None),
        "imported and used": _turn(make, 5, None),
        "imported before, judged after": _turn(make, 5.1, None),
        "after the window": _turn(make, 11, LIVE),
    }
    names = {turn.id: name for name, turn in turns.items()}
    record(any_store, *turns.values())
    for name in ("live", "older version", "imported and used"):
        _judge(any_store, make, turns[name], 5.5, 1.0)
    for name in ("live before the window, judged late", "imported before, judged after"):
        _judge(any_store, make, turns[name], 9, 0.0)
    window = Window(since=START + 2 * DAY, until=START + 10 * DAY, version=LIVE, used=START + 8 * DAY)
    seen = any_store.evidence.within(DEFAULT_WORKSPACE, SUPPORT, window)
    assert [names[turn.id] for turn in seen] == [
        "live before the window, judged late",
        "live",
        "imported before, judged after",
        "imported",
    ]
    assert any_store.evidence.count(DEFAULT_WORKSPACE, SUPPORT, window) == EvidenceCount(
        recorded=4, rated=3, failed=2, first=START + 1.1 * DAY
    )
    newest = structs.replace(window, limit=2)
    assert [names[t.id] for t in any_store.evidence.within(DEFAULT_WORKSPACE, SUPPORT, newest)] == [
        "imported before, judged after",
        "imported",
    ]


def test_without_a_version_everything_of_the_agent_counts(any_store: Store, make: Maker) -> None:
    record(any_store, *(_turn(make, day, version) for day, version in ((1, OLD), (2, LIVE), (3, None))))
    window = Window(since=START, until=START + 10 * DAY)
    assert any_store.evidence.count(DEFAULT_WORKSPACE, SUPPORT, window).recorded == 3
    assert any_store.evidence.count(DEFAULT_WORKSPACE, AgentId("nobody"), window) == EvidenceCount()
