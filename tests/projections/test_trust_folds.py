"""Trust that follows its facts is the trust that all facts give."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from tests.conftest import Maker

from upspiral import capture
from upspiral.capture.config import CaptureSettings
from upspiral.domain import Feedback, Interaction, Kind, Source
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.projections.trust_folds import TrustFolds, trust_scores
from upspiral.route import incremental_trust
from upspiral.store import Store

SETTINGS = CaptureSettings()
SHARED: tuple[dict[str, str], ...] = (
    {},
    {"models": "a,b,d"},
    {"ensemble": "given", "models": "a,b,c", "agreed": "a,c"},
)


def turns_of(make: Maker, count: int, seed: int) -> list[Interaction]:
    rng = Random(seed)
    return [
        make.interaction(
            agent=AgentId(rng.choice("abc")),
            kind=rng.choice(list(Kind)),
            latency_ms=rng.choice([0.0, 100.0, 150.0, 900.0]),
            error="boom" if rng.random() < 0.1 else None,
            metadata={"type": rng.choice(["x", "y"]), "agent_name": "Ann", **rng.choice(SHARED)},
        )
        for _ in range(count)
    ]


def judged(make: Maker, turn: Interaction, rng: Random) -> Feedback:
    more: dict[str, Any] = {"rater": rng.choice(["r1", "r2"]), "source": Source.HUMAN_EVALUATION}
    if rng.random() < 0.2:
        more |= {"label": "partial"}
    if rng.random() < 0.3:
        more |= {"metadata": {"quality": str(rng.randint(0, 100))}}
    return make.feedback(turn, rng.choice([0.0, 0.5, 1.0]), **more)


def give(store: Store, make: Maker, *signals: Feedback) -> None:
    capture.give_feedback(store, signals, settings=SETTINGS, now=make.tick())


def same(book: TrustFolds, store: Store, now: datetime) -> bool:
    return book.refresh(store, now=now) == trust_scores(store, DEFAULT_WORKSPACE, now=now)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_following_in_any_order_of_arrival_gives_what_all_facts_give(
    any_store: Store, make: Maker, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incremental_trust, "TAIL", 5)
    rng, book = Random(seed), TrustFolds(DEFAULT_WORKSPACE)
    turns = turns_of(make, 60, seed)
    coming: list[Interaction | Feedback] = [*turns]
    for turn in rng.choices(turns, k=70):
        coming.insert(rng.randint(coming.index(turn) + 1, len(coming)), judged(make, turn, rng))
    for number, one in enumerate(coming):
        if isinstance(one, Interaction):
            capture.record(any_store, one)
        else:
            give(any_store, make, one)
        if number % 9 == 0:
            assert same(book, any_store, make.now)
    assert same(book, any_store, make.now)
    assert book.rebuild(any_store, now=make.now) == 0


def test_an_error_that_is_recorded_late_is_found(store: Store, make: Maker) -> None:
    book = TrustFolds(DEFAULT_WORKSPACE)
    turn = make.interaction()
    capture.record(store, turn)
    give(store, make, make.feedback(turn, 1.0))
    assert book.refresh(store, now=make.now)[AgentId("support")].trust.n == 1
    capture.record(store, make.interaction(at=make.now - timedelta(days=3), error="boom"))
    make.tick(61)
    assert book.refresh(store, now=make.now)[AgentId("support")].trust.n == 2
    assert same(book, store, make.now)


def test_after_erasure_the_book_begins_again(store: Store, make: Maker) -> None:
    book = TrustFolds(DEFAULT_WORKSPACE)
    turns = [make.interaction(end_user=who) for who in ("anna", "ben")]
    capture.record(store, *turns)
    for turn in turns:
        give(store, make, make.feedback(turn, 1.0))
    assert book.refresh(store, now=make.now)[AgentId("support")].trust.n == 2
    capture.purge(store, DEFAULT_WORKSPACE, before=turns[1].at)
    book.reset()
    assert book.refresh(store, now=make.now)[AgentId("support")].trust.n == 1
    assert same(book, store, make.now)


def test_a_difference_from_the_facts_is_told(store: Store, make: Maker) -> None:
    book = TrustFolds(DEFAULT_WORKSPACE)
    turn, later = make.interaction(), make.interaction()
    capture.record(store, turn, later)
    give(store, make, make.feedback(turn, 1.0))
    make.tick(60)
    give(store, make, make.feedback(later, 1.0))
    book.refresh(store, now=make.now)
    store.outcomes.update_where(store.outcomes.table.c.interaction == turn.id, status="failure")  # by hand
    assert book.rebuild(store, now=make.now) == 1
    assert book.rebuild(store, now=make.now) == 0


def test_every_model_of_a_run_is_trusted_by_its_outcomes(any_store: Store, make: Maker) -> None:
    book = TrustFolds(DEFAULT_WORKSPACE)
    for number in range(40):
        first, good = ("able", 1.0) if number % 2 else ("weak", 0.0)
        run = make.interaction(agent=AgentId(first), latency_ms=5.0, metadata={"models": f"{first},helper"})
        capture.record(any_store, run)
        give(any_store, make, make.feedback(run, good))
        if number == 20:  # the rest is met while it is followed
            book.refresh(any_store, now=make.now)
    found = {str(name): one.trust for name, one in book.refresh(any_store, now=make.now).items()}
    assert {name: one.n for name, one in found.items()} == {"able": 20, "weak": 20, "helper": 40}
    assert found["weak"].approval_rate < found["helper"].approval_rate < found["able"].approval_rate
    assert same(book, any_store, make.now)
