"""Finding weaknesses, against planted truth."""

from random import Random

import pytest
from tests.conftest import START, Maker

from upspiral.analyze import AnalyzeSettings, find
from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.domain import Pattern
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.store import Store

TOPICS = (
    "return jacket refund",
    "shipping express cost",
    "gift voucher code",
    "password reset login",
    "invoice copy tax",
    "warranty repair lamp",
    "store opening hours",
    "newsletter cancel mail",
)
FILLERS = ("please tell me", "hello there", "quick question", "could you explain", "thanks a lot")


def _day(store: Store, make: Maker, *, failing: set[int], noise: float, n: int, seed: int) -> list[Pattern]:
    rng = Random(seed)
    interactions, signals = [], []
    for _ in range(n):
        topic = rng.randrange(len(TOPICS))
        words = TOPICS[topic].split() + rng.choice(FILLERS).split()
        rng.shuffle(words)
        happened = make.interaction(" ".join(words))
        interactions.append(happened)
        bad = topic in failing or rng.random() < noise
        signals.append(make.feedback(happened, 0.0 if bad else 1.0))
    record(store, *interactions)
    give_feedback(store, signals, settings=CaptureSettings(), now=make.now)
    return find(
        store,
        AgentId("support"),
        workspace=DEFAULT_WORKSPACE,
        since=START,
        until=make.now,
        version=None,
        cycle=None,
        settings=AnalyzeSettings(),
        now=make.now,
    )


def test_topics_that_always_fail_are_found_and_named_by_their_words(store: Store, make: Maker) -> None:
    found = _day(store, make, failing={1, 4}, noise=0.05, n=300, seed=0)
    assert len(found) == 2
    names = " ".join(pattern.name for pattern in found)
    assert any(word in names for word in TOPICS[1].split())
    assert any(word in names for word in TOPICS[4].split())
    for pattern in found:
        assert pattern.failure_rate_low > 0.5
        assert set(pattern.members) <= {
            p.id for p in store.interactions.latest(DEFAULT_WORKSPACE, limit=1000)
        }


@pytest.mark.parametrize("block", range(2))
def test_noise_alone_is_reported_in_at_most_one_day_in_ten(
    make: Maker, block: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    fooled = 0
    for seed in range(block * 20, block * 20 + 20):
        with Store(str(tmp_path_factory.mktemp("noise") / "t.db")) as store:
            store.upgrade()
            fooled += bool(_day(store, Maker(), failing=set(), noise=0.1, n=250, seed=seed))
    assert fooled <= 2


def test_the_same_night_asked_twice_stores_its_patterns_once(store: Store, make: Maker) -> None:
    first = _day(store, make, failing={2}, noise=0.0, n=200, seed=1)
    again = find(
        store,
        AgentId("support"),
        workspace=DEFAULT_WORKSPACE,
        since=START,
        until=make.now,
        version=None,
        cycle=None,
        settings=AnalyzeSettings(),
        now=make.now,
    )
    assert [p.id for p in first] == [p.id for p in again]
    assert store.patterns.total(DEFAULT_WORKSPACE) == len(first)
