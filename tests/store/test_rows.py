"""Rows are written once, read back the same, and seen by their workspace alone."""

import pytest
from tests.conftest import Maker

from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import Conflict, NotFound
from upspiral.store import Store


def test_what_is_written_is_read_back_the_same(any_store: Store, make: Maker) -> None:
    written = make.interaction(metadata={"task": "search"}, error="boom")
    any_store.interactions.add(written)
    assert any_store.interactions.get(DEFAULT_WORKSPACE, written.id) == written


def test_another_workspace_sees_nothing(any_store: Store, make: Maker) -> None:
    written = make.interaction()
    any_store.interactions.add(written)
    with pytest.raises(NotFound, match="int_"):
        any_store.interactions.get("other", written.id)


def test_a_row_is_added_once(any_store: Store, make: Maker) -> None:
    written = make.interaction()
    any_store.interactions.add(written)
    any_store.interactions.insert_ignore(written)
    with pytest.raises(Conflict):
        any_store.interactions.add(written)
    assert any_store.interactions.total(DEFAULT_WORKSPACE) == 1
