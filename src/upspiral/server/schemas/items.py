"""How is an item of a batch read, so that one that cannot be read takes no other with it?"""

from typing import Any

from msgspec import Struct
from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from upspiral.storable import is_storable


class BadItem(Struct, frozen=True):
    """Stands in a batch for an item that cannot be read."""

    id: str | None
    field: str
    """Which of its fields is wrong, with dots for depth; empty for all of it."""
    reason: str


def _read(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        given = value.get("id") if isinstance(value, dict) else None
        if not isinstance(given, str) or not is_storable(given):  # half a character fits into no answer
            given = None
        return BadItem(given, field, first["msg"])


Leniently = WrapValidator(_read)
"""Reads an item of a batch; one that cannot be read becomes a `BadItem`."""
