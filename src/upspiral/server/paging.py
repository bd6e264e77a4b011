"""How is a long list read? Page by page, each going on from where the last one ended."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from upspiral.errors import InvalidInput
from upspiral.server.deps import json_response
from upspiral.storable import faults
from upspiral.store.rows import Cursor

Limit = Annotated[int, Query(ge=1, le=1000, description="Rows of one page.")]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]


def page(
    read: Callable[[Cursor | None, int], Sequence[Any]],
    after: str | None,
    limit: int,
    *,
    tell: Callable[[Sequence[Any]], Sequence[Any]] = list,
) -> Response:
    """Answer with one page, and with where the next one begins.

    Args:
        read: Gives the rows after a mark, so many of them.
        after: What the caller got as `next`.
        limit: Rows of the page.
        tell: Gives what is told of the rows; by default the rows.

    Raises:
        InvalidInput: `after` is nothing that was given out.
    """
    rows = list(read(_mark(after) if after else None, limit + 1))
    more = len(rows) > limit
    return json_response({"items": tell(rows[:limit]), "next": _cursor(rows[limit - 1]) if more else None})


def _cursor(row: Any) -> str:
    text = f"{row.at.astimezone(UTC).isoformat()} {row.id}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _mark(cursor: str) -> Cursor:
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, ident = text.partition(" ")
        at = datetime.fromisoformat(moment)
        mark = Cursor(at if at.tzinfo else at.replace(tzinfo=UTC), ident)
        if wrong := next(faults(mark), None):
            raise ValueError(str(wrong))
        return mark
    except ValueError as error:
        raise InvalidInput(
            f"`after` cannot be {cursor!r}.", hint="Give what the page before said as `next`."
        ) from error
