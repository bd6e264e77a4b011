"""What in a value cannot be stored, and why? For doors whose caller can correct it."""

import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from upspiral.storable.limits import MAX_NAME, MAX_NUMBER, MAX_TEXT, NAMES
from upspiral.storable.plain_values import is_short, is_whole, mend_moment


class Fault(Struct, frozen=True):
    """A value that cannot be stored."""

    path: tuple[str | int, ...]
    """Where it stands: field names, and places in lists."""
    kind: str
    """`text`, `number` or `moment`."""
    reason: str
    """What is wrong with it, to follow the path in a sentence."""
    value: Any = None

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))}: {self.reason}" if self.path else self.reason


def faults(value: object, *path: str | int, limit: int = MAX_TEXT) -> Iterator[Fault]:
    r"""Find every text, number and moment that cannot be stored, in the order in which they stand.

    Args:
        value: A text, number, moment, Struct, list or mapping of these; anything else is passed over.
        path: Where the value itself stands.
        limit: Characters that a text may have; the fields of a Struct have their own.

    >>> [str(one) for one in faults({"cost": float("inf"), "said": ["fine", "a\0b"]})]
    ['cost: it is not a finite number', 'said.1: it holds the character U+0000']
    """
    kind, reason = _own_fault(value, limit)
    if reason:
        yield Fault(path, kind, reason, value)
    for name, inner, most in _parts(value):
        if isinstance(value, Mapping) and (wrong := _text_fault(str(name), MAX_NAME)):
            yield Fault(path, "text", f"in one of its names {wrong}")
        yield from faults(inner, *path, name, limit=most)


def _own_fault(value: object, limit: int) -> tuple[str, str | None]:
    if isinstance(value, str):
        return "text", _text_fault(value, limit)
    if isinstance(value, int | float):
        return "number", _number_fault(value)
    if isinstance(value, datetime):
        return "moment", _moment_fault(value)
    return "", None


def _parts(value: object) -> Iterator[tuple[str | int, object, int]]:
    """Give what a value is made of: its name or place, itself, and the characters that it may have."""
    if isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield name, getattr(value, name), NAMES.get(name, MAX_TEXT)
    elif isinstance(value, Mapping):
        yield from ((str(name), inner, MAX_TEXT) for name, inner in value.items())
    elif isinstance(value, list | tuple):
        yield from ((place, inner, MAX_TEXT) for place, inner in enumerate(value))


def _text_fault(text: str, limit: int) -> str | None:
    if not is_whole(text):
        return "it holds the character U+0000" if "\0" in text else "it holds half a character (a surrogate)"
    if not is_short(text, limit):
        return f"it has {len(text):,} characters, at most {limit:,} are kept"
    return None


def _number_fault(number: float) -> str | None:
    if isinstance(number, float) and not math.isfinite(number):
        return "it is not a finite number"
    return None if -MAX_NUMBER <= number <= MAX_NUMBER else f"it is beyond {MAX_NUMBER:g}"


def _moment_fault(moment: datetime) -> str | None:
    mended = mend_moment(moment)
    return None if mended is moment else f"{moment.isoformat()} is not between 1970 and 9999 in UTC"
