"""Where did a page of a long list end?"""

from datetime import datetime

from msgspec import Struct


class Cursor(Struct, frozen=True):
    """Where a page ended: the next one begins behind it."""

    at: datetime
    id: str
