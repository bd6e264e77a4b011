"""Counts by day are what the facts say, however they came to be."""

from datetime import timedelta
from random import Random

import pytest
from tests.conftest import START, Maker

from upspiral.capture import CaptureSettings, give_feedback, purge, record, recount, recount_missing
from upspiral.domain import Interaction, Source, ToolCall, Usage
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.store import Store

SETTINGS = CaptureSettings()
SAID_THE_SAME = {"ensemble": "given", "models": "p,q,r", "agreed": "p,r"}
SOURCES = (Source.USER_RATING, Source.JUDGE, Source.IMPLICIT)


def traffic(store: Store, make: Maker, n: int = 120) -> None:
    """Record, repeat and judge at random over four days, with changes of mind."""
    store.workspaces.ensure(DEFAULT_WORKSPACE, START)
    rng, there = Random(7), list[Interaction]()
    for _ in range(n):
        make.tick(rng.uniform(0, 8 * 86_400 / n))
        there.append(one(make, rng))
        record(store, there[-1], rng.choice(there))
        about = [rng.choice(there) for _ in range(rng.randrange(3))]
        given = [
            make.feedback(i, rng.choice((0.0, 0.5, 1.0)), source=rng.choice(SOURCES), rater=rng.choice("ab"))
            for i in about
        ]
        give_feedback(store, given, settings=SETTINGS, now=make.now)


def one(make: Maker, rng: Random) -> Interaction:
    tools = tuple(
        ToolCall(name=rng.choice(("search", "buy")), error=rng.choice((None, "no")))
        for _ in range(rng.randrange(3))
    )
    return make.interaction(
        agent=AgentId(rng.choice("pq")),
        model=rng.choice("mn"),
        tool_calls=tools,
        usage=Usage(rng.randrange(100), rng.randrange(50), rng.random()),
        latency_ms=1000 * rng.random(),
        error=rng.choice((None, None, "boom")),
        metadata=rng.choice(({}, {"task": "t"}, {"domain": "d"}, {"models": "p,q,r"}, SAID_THE_SAME)),
    )


def counts(store: Store) -> list[dict[str, object]]:
    return [
        row
        for noun, by in (
            (store.rollups, "day"),
            (store.rollups, "domain"),
            (store.shared_rollups, "agent"),
            (store.tool_rollups, "tool"),
        )
        for row in sorted(noun.sums(DEFAULT_WORKSPACE, by, None), key=lambda row: str(row["key"]))
    ]


@pytest.mark.long
def test_what_grew_with_events_is_what_counting_again_gives(any_store: Store, make: Maker) -> None:
    traffic(any_store, make)
    found = recount(any_store, DEFAULT_WORKSPACE)
    assert (found.interactions, found.mended) == (120, 0)
    assert found.days >= 8


@pytest.mark.long
def test_a_database_from_before_the_counts_gets_them(any_store: Store, make: Maker) -> None:
    traffic(any_store, make)
    before = counts(any_store)
    any_store.rollups.remove(any_store.rollups.table.c.workspace == DEFAULT_WORKSPACE)
    any_store.tool_rollups.remove(any_store.tool_rollups.table.c.workspace == DEFAULT_WORKSPACE)
    any_store.shared_rollups.remove(any_store.shared_rollups.table.c.workspace == DEFAULT_WORKSPACE)
    assert recount_missing(any_store).interactions == 120
    again = recount(any_store, DEFAULT_WORKSPACE)
    assert again.mended == 0
    assert [row["n"] for row in counts(any_store)] == [row["n"] for row in before]
    assert recount_missing(any_store).interactions == 0


@pytest.mark.long
def test_a_wrong_count_is_mended_and_reported(any_store: Store, make: Maker) -> None:
    traffic(any_store, make)
    any_store.rollups.grow([any_store.rollups.list_rows(DEFAULT_WORKSPACE)[0]])
    assert recount(any_store, DEFAULT_WORKSPACE).mended == 1
    assert recount(any_store, DEFAULT_WORKSPACE).mended == 0


def test_what_was_purged_stays_counted(any_store: Store, make: Maker) -> None:
    traffic(any_store, make)
    before = counts(any_store)
    purge(any_store, DEFAULT_WORKSPACE, before=START + timedelta(days=1, hours=7))
    assert recount(any_store, DEFAULT_WORKSPACE).mended == 0
    assert counts(any_store) == before


def test_a_run_of_several_counts_for_each_and_what_it_cost_counts_once(any_store: Store, make: Maker) -> None:
    store = any_store
    run = make.interaction(
        agent=AgentId("a"),
        usage=Usage(10, 5, 0.5),
        latency_ms=80.0,
        metadata={"models": "a,b", "domain": "law"},
    )
    record(store, run)
    for score in (0.0, 1.0, 1.0):  # a rater's change of mind takes back what was counted
        signal = make.feedback(run, score, source=Source.HUMAN_EVALUATION)
        give_feedback(store, [signal], settings=SETTINGS, now=make.now)
    (row,) = store.shared_rollups.list_rows(DEFAULT_WORKSPACE)
    assert (row.agent, row.domain, row.n, row.successes, row.failures) == ("b", "law", 1, 1, 0)
    assert (row.latency_ms, row.input_tokens, row.cost, row.priced) == (80.0, 0, 0, 0)
    (own,) = store.rollups.list_rows(DEFAULT_WORKSPACE)
    assert (own.agent, own.n, own.successes, own.cost) == ("a", 1, 1, 0.5)
    assert recount(store, DEFAULT_WORKSPACE).mended == 0
