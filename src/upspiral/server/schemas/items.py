"""How is an item of a batch read, so that one that cannot be read takes no other with it?"""

from typing import Any

from msgspec import Struct
from pydantic import ValidationError, ValidatorFunctionWrapHandler, WrapValidator

from upspiral.errors import InvalidInput


class BadItem(Struct, frozen=True):
    """Stands in a batch for an item that cannot be read."""

    id: str | None
    error: InvalidInput


def _read(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the item"
        said = InvalidInput(f"{where}: {first['msg']}.", hint="Correct it and send it again.")
        given = value.get("id") if isinstance(value, dict) else None
        return BadItem(given if isinstance(given, str) else None, said)


Leniently = WrapValidator(_read)
"""Reads an item of a batch; one that cannot be read becomes a `BadItem`."""
