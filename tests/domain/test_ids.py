"""Ids sort by time, and the same parts give the same id."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upspiral.domain.ids import derive, derive_at, is_own_id, mint

MOMENTS = st.integers(min_value=365 * 86_400, max_value=86_400 * 80_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@given(MOMENTS, st.integers(min_value=1, max_value=10**9), st.integers(), st.integers())
def test_what_is_born_later_sorts_later(moment: datetime, later_ms: int, one: int, other: int) -> None:
    first = mint("int", now=moment, rng=Random(one))
    second = mint("int", now=moment + timedelta(milliseconds=later_ms), rng=Random(other))
    assert first < second
    assert is_own_id(first)


def test_two_of_one_moment_differ() -> None:
    rng, now = Random(0), datetime(2026, 1, 1, tzinfo=UTC)
    assert len({mint("fb", now=now, rng=rng) for _ in range(1000)}) == 1000


def test_the_same_parts_give_the_same_id_and_their_borders_count() -> None:
    assert derive("job", "a", "b") == derive("job", "a", "b")
    assert len({derive("job", "ab", ""), derive("job", "a", "b"), derive("job", "", "ab")}) == 3
    assert derive("job", "a") != derive("rep", "a")


def test_derived_ids_of_a_moment_stand_beside_minted_ones() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    ms = int(now.timestamp() * 1000)
    before = mint("int", now=now - timedelta(seconds=1), rng=Random(0))
    after = mint("int", now=now + timedelta(seconds=1), rng=Random(0))
    assert before < derive_at("int", "trace", "span", ms=ms) < after


@pytest.mark.parametrize(
    "text", ["", "support", "int_123", "INT_019b76daa800629f6fbed82c07cd", "int_" + "g" * 28]
)
def test_what_is_no_id_of_ours_is_not_taken_for_one(text: str) -> None:
    assert not is_own_id(text)
