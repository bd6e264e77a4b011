"""Finding weaknesses, against planted truth."""

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from msgspec import structs
from tests.conftest import START, Maker

from upspiral.analyze import AnalyzeSettings, find
from upspiral.capture import CaptureSettings, give_feedback, record
from upspiral.domain import (
    Cycle,
    CycleKind,
    Interaction,
    Pattern,
    PatternState,
    Polarity,
    Source,
    ToolCall,
    Window,
    conversations,
)
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId
from upspiral.domain.judgment.random_sample import draw_sample
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.retry import Patience
from upspiral.store import Store
from upspiral.testing.provider import FakeProvider, Mood

SUPPORT = AgentId("support")
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


def _find(
    store: Store,
    make: Maker,
    *,
    since: datetime = START - timedelta(days=1),
    cycle: str | None = None,
    namer: OpenAICompatible | None = None,
) -> list[Pattern]:
    return find(
        store,
        SUPPORT,
        workspace=DEFAULT_WORKSPACE,
        window=Window(since=since, until=make.now),
        cycle=CycleId(cycle) if cycle else None,
        settings=AnalyzeSettings(),
        now=make.now,
        namer=namer,
    )


def _judge(store: Store, make: Maker, judged: list[tuple[Interaction, bool]]) -> None:
    """Record Interactions, the bad ones with a thumb down."""
    record(store, *(turn for turn, _ in judged))
    signals = [make.feedback(turn, 0.0 if bad else 1.0) for turn, bad in judged]
    give_feedback(store, signals, settings=CaptureSettings(), now=make.now)


def _talk(store: Store, make: Maker, *, failing: set[int], noise: float, n: int, seed: int) -> None:
    """Let customers ask about eight topics, of which some always fail."""
    rng, judged = Random(seed), []
    for _ in range(n):
        topic = rng.randrange(len(TOPICS))
        words = TOPICS[topic].split() + rng.choice(FILLERS).split()
        rng.shuffle(words)
        judged.append((make.interaction(" ".join(words)), topic in failing or rng.random() < noise))
    _judge(store, make, judged)


def _work(store: Store, make: Maker, *, n: int, seed: int) -> None:
    """Let an agent work for two weeks; where the tool `pay` is called it fails in 60 %, else in 10 %."""
    rng, judged = Random(seed), []
    for _ in range(n):
        make.tick(14 * 24 * 3600 / n)
        tool = rng.choice(["pay", "search", "mail"])
        turn = make.interaction("Do it, please.", tool_calls=(ToolCall(name=tool),))
        judged.append((turn, rng.random() < (0.6 if tool == "pay" else 0.1)))
    _judge(store, make, judged)


@pytest.mark.long
def test_topics_that_always_fail_are_found_and_named_by_their_words(store: Store, make: Maker) -> None:
    _talk(store, make, failing={1, 4}, noise=0.05, n=300, seed=0)
    found = _find(store, make)
    assert len(found) == 2
    names = " ".join(pattern.name for pattern in found)
    assert any(word in names for word in TOPICS[1].split())
    assert any(word in names for word in TOPICS[4].split())
    for pattern in found:
        assert pattern.failure_rate_low > 0.5
        assert pattern.difference_low > 0.5
        assert pattern.rest_conversations == 300 - pattern.conversations
        turns = store.interactions.many(DEFAULT_WORKSPACE, pattern.members)
        assert (pattern.first_seen, pattern.last_seen) == (turns[0].at, turns[-1].at)


@pytest.mark.long
@pytest.mark.parametrize("block", range(2))
def test_noise_alone_is_reported_in_at_most_one_day_in_ten(
    block: int, migrated_file: Path, tmp_path: Path
) -> None:
    fooled = 0
    for seed in range(block * 20, block * 20 + 20):
        with Store(str(shutil.copyfile(migrated_file, tmp_path / f"{seed}.db"))) as store:
            make = Maker()
            _talk(store, make, failing=set(), noise=0.1, n=250, seed=seed)
            fooled += bool(_find(store, make))
    assert fooled <= 2


@pytest.mark.long
def test_a_tool_with_which_the_agent_fails_is_found_as_a_slice(store: Store, make: Maker) -> None:
    _work(store, make, n=900, seed=0)
    weak = [one for one in _find(store, make) if one.polarity == Polarity.WEAKNESS]
    [found] = weak
    assert (found.name, found.conditions) == ("tool is pay", (("tool", "pay"),))
    assert found.failure_rate == pytest.approx(0.6, abs=0.08)
    assert found.rest_failure_rate == pytest.approx(0.1, abs=0.05)
    assert found.difference_low < 0.5 < found.difference_high
    assert found.p_value < 0.001
    assert len(found.members) == found.failures
    assert store.patterns.get(DEFAULT_WORKSPACE, found.id) == found


def test_a_weakness_found_again_the_next_night_is_the_same_pattern(any_store: Store, make: Maker) -> None:
    store = any_store
    _talk(store, make, failing={2}, noise=0.02, n=200, seed=1)
    [first] = _find(store, make, cycle="monday")
    make.tick(24 * 3600)
    _talk(store, make, failing={2}, noise=0.02, n=200, seed=2)
    [second] = _find(store, make, cycle="tuesday")
    assert (second.id, second.name, second.times) == (first.id, first.name, 2)
    assert second.failures > first.failures
    assert first.last_seen is not None
    assert second.last_seen is not None
    assert second.first_seen == first.first_seen
    assert second.last_seen > first.last_seen
    assert store.patterns.list_rows(DEFAULT_WORKSPACE) == [second]


def test_the_same_night_asked_twice_stores_its_patterns_once(store: Store, make: Maker) -> None:
    _talk(store, make, failing={2, 5}, noise=0.0, n=200, seed=1)
    first = _find(store, make, cycle="night")
    make.tick(24 * 3600)
    again = _find(store, make, cycle="night")
    assert [structs.replace(p, at=first[0].at) for p in again] == first
    assert store.patterns.total(DEFAULT_WORKSPACE) == len(first)


def test_a_search_by_day_leaves_alone_what_a_night_under_way_has_found(store: Store, make: Maker) -> None:
    _talk(store, make, failing={2}, noise=0.0, n=200, seed=1)
    night = Cycle(
        id=CycleId("night"), workspace=DEFAULT_WORKSPACE, agent=SUPPORT, story=CycleKind.IMPROVE,
        started=make.now, since=START, until=make.now,
    )  # fmt: skip
    store.cycles.upsert(night)
    [own] = _find(store, make, cycle="night")
    _talk(store, make, failing={2}, noise=0.0, n=100, seed=2)
    [shown] = _find(store, make)
    assert (shown.id, shown.failures > own.failures) == (own.id, True)
    assert store.patterns.get(DEFAULT_WORKSPACE, own.id) == own
    store.cycles.upsert(structs.replace(night, ended=make.now))
    assert store.patterns.get(DEFAULT_WORKSPACE, _find(store, make)[0].id).failures == shown.failures


def test_a_weakness_that_came_up_is_growing_from_that_day_on(store: Store, make: Maker) -> None:
    for day in range(8):
        _talk(store, make, failing={3} if day >= 4 else set(), noise=0.02, n=60, seed=day)
        make.now = START + timedelta(days=day + 1)
    [found] = _find(store, make)
    assert (found.trend, found.changed_on) == ("growing", "2026-01-09")


def test_the_night_of_an_agent_that_fails_everywhere_alike_has_one_weakness(
    store: Store, make: Maker
) -> None:
    _talk(store, make, failing=set(range(8)), noise=0.0, n=200, seed=0)
    good = [
        (make.interaction(f"{' '.join(TOPICS[n % 8].split())} {FILLERS[n % 5]}"), False) for n in range(12)
    ]
    _judge(store, make, good)
    assert _find(store, make) == []
    (found,) = _find(store, make, cycle="cyc_1")
    assert (found.name, found.failures, found.conversations) == ("everything", 200, 212)
    assert "whatever they were about" in found.description
    assert found.p_value < 1e-9
    assert [one.id for one in _find(store, make, cycle="cyc_2")] == [found.id]
    assert _find(store, make) == []
    assert store.patterns.get(DEFAULT_WORKSPACE, found.id).state is PatternState.OPEN


def test_that_only_complaints_came_is_no_weakness_unless_a_random_sample_shows_it(
    store: Store, make: Maker
) -> None:
    silent = [make.interaction(f"{TOPICS[n % 8]} {FILLERS[n % 5]} {n}") for n in range(200)]
    record(store, *silent)
    _judge(store, make, [(turn, True) for turn in silent[:100]])
    assert not _find(store, make, cycle="cyc_1")
    drawn = [one.interactions[0] for one in draw_sample(conversations(silent, {}))]
    signals = [make.feedback(turn, 0.0, source=Source.HUMAN_EVALUATION) for turn in drawn]
    give_feedback(store, signals, settings=CaptureSettings(), now=make.now)
    assert [one.name for one in _find(store, make, cycle="cyc_2")] == ["everything"]


def test_a_night_rests_where_an_agent_fails_no_more_than_is_tolerated(store: Store, make: Maker) -> None:
    _talk(store, make, failing=set(), noise=0.2, n=300, seed=1)
    assert _find(store, make, cycle="cyc_1") == []


def test_where_nothing_was_judged_nothing_is_found(store: Store, make: Maker) -> None:
    assert _find(store, make) == []
    record(store, make.interaction())
    assert _find(store, make) == []


def _name(store: Store, make: Maker, said: str, mood: Mood = "ok") -> tuple[Pattern, FakeProvider]:
    _talk(store, make, failing={2}, noise=0.0, n=200, seed=1)
    with FakeProvider(lambda _: said, (mood,)) as provider:
        [found] = _find(
            store, make, namer=OpenAICompatible("naming", provider.url, "m", patience=Patience(1))
        )
        [again] = _find(
            store, make, namer=OpenAICompatible("naming", provider.url, "m", patience=Patience(1))
        )
    assert again.name == found.name
    return found, provider


def test_a_model_names_a_new_weakness_once(store: Store, make: Maker) -> None:
    found, provider = _name(store, make, '**"Gift vouchers: codes that do not work"**\nBecause …')
    assert found.name == "Gift vouchers: codes that do not work"
    assert {"gift", "voucher", "code"} & set(found.terms)
    assert len(provider.bodies) == 1
    asked = provider.bodies[0]["messages"][-1]["content"]
    assert asked.count("<question>") == 5


@pytest.mark.parametrize(("said", "mood"), [("", "ok"), ("…!", "ok"), ("Good", "down"), ("Good", "html")])
def test_a_weakness_keeps_its_plain_name_where_the_model_gives_none(
    store: Store, make: Maker, said: str, mood: Mood
) -> None:
    found, _ = _name(store, make, said, mood)
    assert found.name == " · ".join(found.terms[:3])


@pytest.mark.long
def test_a_weakness_that_was_mended_is_closed_and_open_again_when_it_comes_back(
    store: Store, make: Maker
) -> None:
    def state(pattern: Pattern) -> PatternState:
        return store.patterns.get(DEFAULT_WORKSPACE, pattern.id).state

    _talk(store, make, failing={2}, noise=0.02, n=400, seed=1)
    [voucher] = _find(store, make)
    begin = make.now
    for days, expected in ((1, PatternState.IMPROVING), (8, PatternState.CLOSED)):
        make.now = begin + timedelta(days=days)
        _talk(store, make, failing=set(), noise=0.02, n=400, seed=days)
        assert _find(store, make, since=begin) == []
        assert state(voucher) == expected
    make.tick(24 * 3600)
    back = make.now
    _talk(store, make, failing={2}, noise=0.02, n=400, seed=3)
    [again] = _find(store, make, since=back)
    assert (again.id, again.state, again.times) == (voucher.id, PatternState.OPEN, 2)
