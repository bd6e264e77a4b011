"""What does one value say? Read as text, JSON, a time or a number; nothing a sender writes raises."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from upspiral.storable import decode_json, mend
from upspiral.storable.limits import MAX_NAME

MAX_TEXT = 4096
"""Characters of one value in metadata."""
MAX_COUNT = 2**31 - 1
MAX_CLOCK_LEAD = timedelta(minutes=10)
"""A sender's clock may be this much ahead of ours before ours is used."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def text(value: Any) -> str:
    """Write a plain value as text; what has parts becomes JSON.

    >>> text([1, "a", None]), text(True), text("as it is")
    ('[1,"a",null]', 'true', 'as it is')
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float):
        return str(value)
    try:
        return msgspec.json.encode(value).decode().strip('"' if isinstance(value, bytes) else "")
    except (RecursionError, UnicodeEncodeError):
        return ""


def parse_json(value: str) -> Any:
    """Read JSON where a text is such; else give the text back."""
    return undo_json(value) if value[:1] in "[{ \n" else value


def undo_json(value: Any) -> Any:
    """Read a value that a sender has written as JSON whatever it is; what is no JSON stays.

    >>> undo_json('"as it is"'), undo_json('[1]'), undo_json("as it is"), undo_json(7)
    ('as it is', [1], 'as it is', 7)
    """
    if not isinstance(value, str):
        return value
    try:
        found = decode_json(value.encode("utf-8", "replace"))
        return mend(found) if "\\u0000" in value else found
    except (msgspec.DecodeError, RecursionError):
        return value


def short(value: Any) -> str:
    """Write a value as a name or an id that can be stored.

    >>> short(7)
    '7'
    """
    return mend(text(value), limit=MAX_NAME)


def moment(nanoseconds: int, now: datetime) -> tuple[datetime, str]:
    """Give the time, and what the sender's clock said where that is not to be believed.

    Args:
        nanoseconds: Since 1970; 0 for unknown.
        now: Used where the time is unknown, or more than 10 minutes ahead.

    >>> moment(0, EPOCH)
    (datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc), '')
    """
    if not nanoseconds:
        return now, ""
    at = EPOCH + timedelta(microseconds=nanoseconds // 1000)
    return (now, at.isoformat()) if at > now + MAX_CLOCK_LEAD else (at, "")


def count(value: Any) -> int:
    """Read a whole number from 0 to 2,147,483,647; whatever else it is counts as 0, or as the most.

    >>> count("12"), count(-1), count(10**12)
    (12, 0, 2147483647)
    """
    if value is None:
        return 0
    return value if type(value) is int and 0 <= value <= MAX_COUNT else min(int(amount(value)), MAX_COUNT)


def amount(value: Any) -> float:
    """Read a number of 0 or more; whatever else it is counts as 0.

    >>> amount("0.5"), amount("much"), amount(float("nan"))
    (0.5, 0.0, 0.0)
    """
    try:
        number = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if math.isfinite(number) and number > 0 else 0.0
