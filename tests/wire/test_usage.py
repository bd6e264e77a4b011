"""Counts of tokens mean the same, however a provider names them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upspiral.wire.usage import MAX_COUNT, read_count, read_usage


@pytest.mark.parametrize(
    "given",
    [
        {"prompt_tokens": 30, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 20}},
        {"input_tokens": 30, "output_tokens": 5, "input_tokens_details": {"cached_tokens": 20}},
        {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 20},
        {"promptTokenCount": 30, "candidatesTokenCount": 5, "cachedContentTokenCount": 20},
    ],
)
def test_the_input_holds_what_came_from_a_cache_whoever_counts(given: dict[str, Any]) -> None:
    found = read_usage(given)
    assert found is not None
    assert (found.input_tokens, found.output_tokens, found.cache_read_tokens) == (30, 5, 20)


@given(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.lists(st.integers())
)
def test_whatever_stands_for_a_count_is_a_whole_number_that_can_be_stored(value: object) -> None:
    assert 0 <= read_count(value) <= MAX_COUNT


@pytest.mark.parametrize("given", [None, 7, "x", []])
def test_where_nothing_is_counted_there_is_no_usage(given: object) -> None:
    assert read_usage(given) is None
