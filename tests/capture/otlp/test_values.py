"""Single values of a span; nothing that a sender writes raises."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upspiral.capture.otlp.values import (
    MAX_CLOCK_LEAD,
    MAX_COUNT,
    amount,
    count,
    moment,
    parse_json,
    short,
    text,
)

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
ANY = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.lists(st.integers(), max_size=3)
)


@given(ANY)
def test_whatever_a_sender_writes_is_some_count_some_amount_and_some_text(value: object) -> None:
    assert 0 <= count(value) <= MAX_COUNT
    assert 0 <= amount(value) < float("inf")
    assert isinstance(text(value), str)
    assert isinstance(short(value), str)


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp()) * 10**9


def test_a_time_is_believed_unless_it_is_far_ahead() -> None:
    past, near, far = NOW - timedelta(days=3), NOW + MAX_CLOCK_LEAD / 2, NOW + timedelta(days=1)
    assert moment(_nanoseconds(past), NOW) == (past, "")
    assert moment(_nanoseconds(near), NOW) == (near, "")
    assert moment(_nanoseconds(far), NOW) == (NOW, far.isoformat())
    assert moment(0, NOW) == (NOW, "")


@pytest.mark.parametrize(("value", "read"), [('{"a": 1}', {"a": 1}), ("[1", "[1"), ("Hi", "Hi")])
def test_json_is_read_where_a_text_is_such(value: str, read: object) -> None:
    assert parse_json(value) == read
