"""Many rows at once: those that are there stay as they are, and what could never be read again is refused."""

import math

import pytest
from tests.conftest import Maker

from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import InvalidInput
from upspiral.store import Store
from upspiral.store.bulk_insert import BLOCK, COPY_FROM, BulkInserter, to_json
from upspiral.store.tables import interactions


@pytest.mark.parametrize("count", [1, COPY_FROM - 1, COPY_FROM, 2 * BLOCK + 1])
def test_the_keys_are_told_of_just_what_was_missing(any_store: Store, make: Maker, count: int) -> None:
    turns = [make.interaction(f"Quéstion \N{SNOWMAN} {n}?") for n in range(count)]
    known = turns[:: max(2, count // 2)][:2]
    inserter = BulkInserter(interactions, is_sqlite=any_store.database.is_sqlite)
    with any_store.database.transaction() as connection:
        assert len(inserter.add_missing(connection, known, told=True)) == len(known)
        found = inserter.add_missing(connection, turns, told=True)
        assert inserter.add_missing(connection, turns, told=True) == set()
    assert len(found) == count - len(known)
    assert {one.id for one in turns} - {ident for key in found for ident in key} == {one.id for one in known}
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == count
    assert any_store.interactions.get(DEFAULT_WORKSPACE, turns[-1].id).question == turns[-1].question


@pytest.mark.parametrize("value", [math.nan, math.inf, {"a": [1, -math.inf]}, [{"b": math.nan}]])
def test_a_number_that_json_does_not_have_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        to_json(value)


@pytest.mark.parametrize(
    ("value", "text"), [({}, "{}"), ([], "[]"), ((), "[]"), ({"a": None}, '{"a":null}'), ("null", '"null"')]
)
def test_what_is_empty_or_null_is_written_as_it_is(value: object, text: str) -> None:
    assert to_json(value) == text
