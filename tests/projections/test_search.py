"""Whoever searches finds what a fresh index would find, whenever an Interaction was stored."""

from datetime import timedelta
from random import Random

import pytest
from tests.conftest import Maker

from upspiral import capture
from upspiral.domain import Interaction, Message
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId
from upspiral.projections import SearchIndex, search
from upspiral.store import Store

SUPPORT = AgentId("support")


def ask(make: Maker, question: str, *, ago: timedelta = timedelta(), **more: str) -> Interaction:
    made = make.interaction(messages=(Message("user", question),), **more)
    return make.interaction(messages=(Message("user", question),), at=made.at - ago, **more)


def find(index: SearchIndex, store: Store, text: str) -> list[InteractionId]:
    return [hit.interaction.id for hit in index.search(store, text, limit=100)]


def test_what_is_stored_late_is_found_whatever_moment_it_carries(any_store: Store, make: Maker) -> None:
    index = SearchIndex(DEFAULT_WORKSPACE, SUPPORT)
    newest = ask(make, "Where is my parcel?")
    capture.record(any_store, newest)
    assert find(index, any_store, "my parcel") == [newest.id]
    late = [ask(make, "Has my parcel left?", ago=timedelta(hours=hours)) for hours in (0, 1, 30, 24 * 400)]
    for one in late:
        capture.record(any_store, one)
    assert set(find(index, any_store, "my parcel")) == {newest.id, *(one.id for one in late)}


def test_of_one_agent_only_its_own_questions_are_searched(store: Store, make: Maker) -> None:
    mine, other = ask(make, "Where is my parcel?"), ask(make, "Where is my parcel?", agent="billing")
    capture.record(store, mine, other)
    assert find(SearchIndex(DEFAULT_WORKSPACE, SUPPORT), store, "parcel") == [mine.id]
    assert set(find(SearchIndex(DEFAULT_WORKSPACE, None), store, "parcel")) == {mine.id, other.id}


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_of_arrival_and_erasure_an_old_index_finds_what_a_fresh_one_does(
    store: Store, make: Maker, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "BATCH_ROWS", 5)
    monkeypatch.setattr(search, "MIN_BATCH_ROWS", 2)
    rng, index = Random(seed), SearchIndex(DEFAULT_WORKSPACE, None)
    for turn in range(40):
        make.tick(rng.choice([1, 600, 40_000]))
        for _ in range(rng.randint(1, 7)):
            capture.record(store, ask(make, f"parcel {turn}", ago=timedelta(hours=rng.choice([0, 0, 5, 90]))))
        if rng.random() < 0.1:
            capture.purge(store, DEFAULT_WORKSPACE, before=make.now - timedelta(days=4))
        if rng.random() < 0.5:
            fresh = find(SearchIndex(DEFAULT_WORKSPACE, None), store, "parcel")
            found = find(index, store, "parcel")
            assert set(found) == set(fresh) or len(fresh) == 100


def test_a_busy_day_is_not_read_again_for_what_just_came(
    store: Store, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = SearchIndex(DEFAULT_WORKSPACE, None)
    capture.record(store, *(ask(make, f"parcel {n}") for n in range(600)))
    find(index, store, "parcel")
    asked: list[int] = []
    page = store.interactions.page

    def count(*given: object) -> list[Interaction]:
        rows = page(*given)  # type: ignore[arg-type]
        asked.append(len(rows))
        return rows

    monkeypatch.setattr(store.interactions, "page", count)
    capture.record(store, ask(make, "one more parcel"))
    find(index, store, "parcel")
    find(index, store, "parcel")
    assert asked == [search.MIN_BATCH_ROWS], "one small page, and none while nothing is new"


@pytest.mark.parametrize("seed", range(3))
def test_a_request_answers_from_the_newest_and_the_rest_is_taken_in_beside_it(
    store: Store, make: Maker, seed: int
) -> None:
    rng, index = Random(seed), SearchIndex(DEFAULT_WORKSPACE, None)
    asked = [ask(make, f"parcel {n}", ago=timedelta(hours=n)) for n in range(60)]
    capture.record(store, *asked)
    found = index.search(store, "parcel", limit=100, most=10)
    assert {hit.interaction.id for hit in found} == {one.id for one in asked[:10]}
    assert index.unread == 50
    more = [ask(make, f"parcel {n}", ago=timedelta(hours=rng.randrange(60))) for n in range(5)]
    capture.record(store, *more)
    index.search(store, "parcel", limit=100, most=rng.randrange(1, 20))
    index.update(store)
    assert index.unread == 0
    assert set(find(index, store, "parcel")) == {one.id for one in (*asked, *more)}
