"""Counts by day are added up by group, from a day on."""

from msgspec import structs

from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.domain.rollup import Rollup
from upspiral.store import Store

COUNT = Rollup(
    workspace=DEFAULT_WORKSPACE,
    day="2026-01-05",
    agent="a",
    model="m",
    version="",
    domain="",
    n=4,
    successes=3,
    failures=1,
)


def test_counts_are_added_up_by_group_from_a_day_on(any_store: Store) -> None:
    later, other = structs.replace(COUNT, day="2026-01-06", n=6), structs.replace(COUNT, agent="b", n=9)
    any_store.rollups.grow([COUNT, later, other])

    def n_by_key(*given: object) -> dict[str, int]:
        return {row["key"]: row["n"] for row in any_store.rollups.sums(DEFAULT_WORKSPACE, *given)}  # type: ignore[arg-type]

    assert n_by_key("agent", None, None) == {"a": 10, "b": 9}
    assert n_by_key("day", AgentId("a"), None) == {"2026-01-05": 4, "2026-01-06": 6}
    assert n_by_key("agent", None, "2026-01-06") == {"a": 6}


def test_a_day_that_is_counted_anew_replaces_what_was_counted(any_store: Store) -> None:
    any_store.rollups.grow([COUNT])
    right = structs.replace(COUNT, n=2, successes=1)
    assert any_store.rollups.replace(DEFAULT_WORKSPACE, AgentId("a"), COUNT.day, [right]) > 0
    assert any_store.rollups.list_rows(DEFAULT_WORKSPACE) == [right]
    assert any_store.rollups.replace(DEFAULT_WORKSPACE, AgentId("a"), COUNT.day, [right]) == 0
