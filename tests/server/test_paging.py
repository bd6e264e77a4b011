"""Pages follow each other without gap or repetition."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from upspiral.cursor import Cursor
from upspiral.errors import InvalidInput
from upspiral.server.paging import answer_all, answer_page, answer_page_as


class Row(msgspec.Struct):
    """A row of a list."""

    id: str
    at: datetime


START = datetime(2026, 1, 5, 12, tzinfo=UTC)
ROWS = [Row(f"r{number:02}", START - timedelta(seconds=number // 3)) for number in range(25)]


def _read(after: Cursor | None, limit: int) -> Sequence[Row]:
    """Newest first, and of one moment by the id."""
    later = [
        row
        for row in ROWS
        if after is None or (-row.at.timestamp(), row.id) > (-after.at.timestamp(), after.id)
    ]
    return later[:limit]


@pytest.mark.parametrize("limit", [1, 4, 5, 24, 25, 100])
def test_all_rows_come_once_whatever_the_size_of_a_page(limit: int) -> None:
    seen: list[str] = []
    after: str | None = None
    while True:
        page = msgspec.json.decode(answer_page(_read, after, limit).body)
        seen += [row["id"] for row in page["items"]]
        assert len(page["items"]) <= limit
        after = page["next"]
        if after is None:
            break
    assert seen == [row.id for row in ROWS]


@pytest.mark.parametrize("after", ["nonsense", "é", "e30", "MjAyNg"])
def test_a_place_that_was_not_given_out_is_refused(after: str) -> None:
    with pytest.raises(InvalidInput, match="after"):
        answer_page(_read, after, 5)


def test_what_is_told_of_a_row_may_be_something_else_than_the_row() -> None:
    page = msgspec.json.decode(answer_page_as(lambda row: row.id, _read, None, 2).body)
    assert page["items"] == ["r00", "r01"]
    assert page["next"]


def test_a_short_list_is_given_whole() -> None:
    page = msgspec.json.decode(answer_all(ROWS[:2]).body)
    assert (len(page["items"]), page["next"]) == (2, None)
