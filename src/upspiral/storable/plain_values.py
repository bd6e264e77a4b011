"""Can a text, a number or a moment be stored as it is, and what stands for it where it cannot?"""

import hashlib
from datetime import UTC, datetime

from upspiral.storable.limits import (
    BYTES_PER_CHARACTER,
    FIRST_MOMENT,
    LAST_MOMENT,
    MAX_LONG_NAME,
    MAX_NUMBER,
)

REPLACEMENT = "\ufffd"


def is_whole(text: str) -> bool:
    """Say whether every character can be stored."""
    if text.isascii():
        return "\0" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def is_short(text: str, limit: int) -> bool:
    """Say whether a text has at most so many characters, and a name at most so many bytes for each."""
    if len(text) > limit:
        return False
    return limit > MAX_LONG_NAME or text.isascii() or len(text.encode()) <= BYTES_PER_CHARACTER * limit


def mend_text(text: str, limit: int) -> str:
    """Replace what cannot be stored, and cut what is too long."""
    if text.isascii() and len(text) <= limit and "\0" not in text:
        return text
    if not is_whole(text):
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        text = whole.replace("\0", REPLACEMENT)
    if is_short(text, limit):
        return text
    if limit > MAX_LONG_NAME:
        note = f" [cut here; it had {len(text):,} characters]"
        return text[: limit - len(note)] + note
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    kept = text[: limit - len(digest) - 1].encode()[: BYTES_PER_CHARACTER * limit - len(digest) - 1]
    return f"{kept.decode(errors='ignore')}~{digest}"


def mend_number(number: float, _limit: int) -> float:
    """Give 0 for what is not finite or far out of range."""
    return number if -MAX_NUMBER <= number <= MAX_NUMBER else type(number)(0)


def mend_moment(moment: datetime, _limit: int = 0) -> datetime:
    """Give the nearest moment that is allowed, in UTC where no zone is said."""
    if moment.tzinfo is UTC and moment.year >= FIRST_MOMENT.year:
        return moment
    try:
        at = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return FIRST_MOMENT if moment.year < 1970 else LAST_MOMENT
    if at < FIRST_MOMENT:
        return FIRST_MOMENT
    return LAST_MOMENT if at > LAST_MOMENT else moment
