"""Counts grow once for each kind when the transaction ends."""

from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.rollup import Rollup
from upspiral.store import Store


def test_counts_are_written_when_the_transaction_ends_each_kind_once(any_store: Store) -> None:
    kind = Rollup(
        workspace=DEFAULT_WORKSPACE, day="2026-01-05", agent="a", model="m", version="", domain="", n=1
    )
    with any_store.transaction():
        for _ in range(3):
            any_store.rollups.grow([kind])
        assert not any_store.rollups.any(DEFAULT_WORKSPACE)
    any_store.rollups.grow([kind])
    assert [row.n for row in any_store.rollups.list_rows(DEFAULT_WORKSPACE)] == [4]
