"""How is a list answered? In one shape, page by page, each going on from where the last one ended."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from msgspec import Struct

from upspiral.cursor import Cursor
from upspiral.errors import InvalidInput
from upspiral.server.answers import Answer, json_response
from upspiral.storable import faults

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
R = TypeVar("R")
Limit = Annotated[int, Query(ge=1, le=1000, description="Rows of one page.")]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]


class Page(Struct, Generic[T_co], frozen=True):
    """A list, or a page of a long one."""

    items: list[T_co]
    next: str | None = None
    """Where the next page begins: send it as `after`. Null at the end, and where the list is whole."""
    hint: str | None = None
    """Why the list is empty and what is missing, where too little is known yet; else null."""


def answer_all(rows: Sequence[T], status: int = 200, *, hint: str | None = None) -> Answer[Page[T]]:
    """Answer with a list that is short enough to be given whole.

    Args:
        rows: The list.
        status: The HTTP status.
        hint: What is missing, where too little is known for a fuller list.
    """
    return json_response(Page(list(rows), hint=hint), status)


def answer_page(
    read: Callable[[Cursor | None, int], Sequence[T]],
    after: str | None,
    limit: int,
    *,
    place: Callable[[T], Cursor] | None = None,
    hint: Callable[[], str] | None = None,
) -> Answer[Page[T]]:
    """Answer with one page, and with where the next one begins.

    Args:
        read: Gives the rows after a place in the list, so many of them.
        after: What the caller got as `next`.
        limit: Rows of the page.
        place: Says where a row stands in the list; by default by its `at` and `id`.
        hint: Says what is missing where the list is empty.

    Raises:
        InvalidInput: `after` is nothing that was given out.
    """
    return answer_page_as(lambda row: row, read, after, limit, place=place, hint=hint)


def answer_page_as(
    tell: Callable[[T], R],
    read: Callable[[Cursor | None, int], Sequence[T]],
    after: str | None,
    limit: int,
    *,
    place: Callable[[T], Cursor] | None = None,
    hint: Callable[[], str] | None = None,
) -> Answer[Page[R]]:
    """Answer with one page of what is told of each row; see `answer_page`."""
    rows, next_page = read_page(read, after, limit, place=place)
    told = hint() if hint and not (rows or after) else None
    return json_response(Page([tell(row) for row in rows], next_page, told))


def read_page(
    read: Callable[[Cursor | None, int], Sequence[T]],
    after: str | None,
    limit: int,
    *,
    place: Callable[[T], Cursor] | None = None,
) -> tuple[list[T], str | None]:
    """Read the rows of one page, and where the next one begins; see `answer_page`.

    Raises:
        InvalidInput: `after` is nothing that was given out.
    """
    rows = list(read(_read_cursor(after) if after else None, limit + 1))
    more = len(rows) > limit
    return rows[:limit], _write_cursor((place or _by_time)(rows[limit - 1])) if more else None


def _by_time(row: Any) -> Cursor:
    return Cursor(row.at, row.id)


def _write_cursor(place: Cursor) -> str:
    text = f"{place.at.astimezone(UTC).isoformat()} {place.id}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(given: str) -> Cursor:
    try:
        text = urlsafe_b64decode(given + "=" * (-len(given) % 4)).decode()
        moment, _, ident = text.partition(" ")
        at = datetime.fromisoformat(moment)
        place = Cursor(at if at.tzinfo else at.replace(tzinfo=UTC), ident)
        if wrong := next(faults(place), None):
            raise ValueError(str(wrong))
        return place
    except ValueError as error:
        raise InvalidInput(
            f"`after` cannot be {given!r}.", hint="Give what the page before said as `next`."
        ) from error
