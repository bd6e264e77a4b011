"""What every table can do beyond the contract of stores: many keys at once, and new values for a row."""

from msgspec import structs
from tests.conftest import Maker

from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.store import Store


def test_a_row_that_is_there_is_left_as_it_is_by_an_insert_and_replaced_by_an_upsert(
    any_store: Store, make: Maker
) -> None:
    first = make.interaction()
    other = structs.replace(first, answer="Elsewhere.")
    any_store.interactions.add(first)
    assert any_store.interactions.add_new(other, make.interaction()) != [other]
    assert any_store.interactions.get(DEFAULT_WORKSPACE, first.id) == first
    any_store.interactions.upsert(other)
    assert any_store.interactions.get(DEFAULT_WORKSPACE, first.id) == other
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 2


def test_more_keys_than_one_statement_takes_are_found_and_removed(any_store: Store, make: Maker) -> None:
    rows = [make.interaction() for _ in range(1_100)]
    any_store.interactions.add(*rows)
    ids = [row.id for row in rows[:1_050]]
    assert {one.id for one in any_store.interactions.many(DEFAULT_WORKSPACE, ids)} == set(ids)
    assert any_store.interactions.remove_each(DEFAULT_WORKSPACE, "id", ids) == len(ids)
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 50


def test_of_many_rows_those_that_were_not_there_are_named(any_store: Store, make: Maker) -> None:
    nouns = [make.interaction() for _ in range(150)]
    any_store.interactions.add(*nouns[::3])
    new = any_store.interactions.add_new(*nouns, nouns[1])
    assert sorted(one.id for one in new) == sorted(one.id for place, one in enumerate(nouns) if place % 3)
    assert any_store.interactions.add_new(*nouns) == []
