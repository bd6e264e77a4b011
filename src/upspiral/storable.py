"""What can both databases keep? One answer for every door: find what cannot be stored, or mend it (pure).

A door whose caller can correct the value asks `faults` and refuses. Where the answer was already paid for, or
where the rest of a batch would be lost, `mend` replaces what cannot be stored.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from operator import is_
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from upspiral.storable_limits import (
    BYTES_PER_CHARACTER,
    FIRST_MOMENT,
    LAST_MOMENT,
    MAX_LONG_NAME,
    MAX_NAME,
    MAX_NUMBER,
    MAX_TEXT,
    NAMES,
)
from upspiral.surely_storable import is_surely_storable

T = TypeVar("T")

REPLACEMENT = "\ufffd"
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


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


def mend(value: T, *, limit: int = MAX_TEXT) -> T:
    r"""Replace what cannot be stored; the same object where nothing must be.

    A character that no database holds becomes U+FFFD, a number that is not finite or far out of range
    becomes 0, which stands for unknown, a moment the nearest that is allowed. A text that is too long is
    cut, and says so; a name keeps its beginning and gets a hash of the whole, so that two names never become
    one.

    Args:
        value: A text, number, moment, Struct, list, tuple or mapping of these.
        limit: Characters that a text may have; names have limits of their own.

    >>> mend({"said": "a\0b", "cost": float("nan")})
    {'said': 'a\ufffdb', 'cost': 0.0}
    """
    if value.__class__ is not str and is_surely_storable(value, limit):
        return value
    return _mend(value, limit)  # type: ignore[no-any-return]


def is_storable(value: object, *, limit: int = MAX_TEXT) -> bool:
    """Say whether a value has no faults; quicker than looking for them.

    >>> is_storable(["fine", 1.5]), is_storable(["fine", float("inf")])
    (True, False)
    """
    return mend(value, limit=limit) is value


def mend_name(name: str) -> str:
    """Mend an id that was sent in a header or body: see `mend`.

    >>> len(mend_name("x" * 9000)), mend_name("anna")
    (200, 'anna')
    """
    return mend(name, limit=MAX_NAME)


def decode_json(raw: bytes, *, type: Any = Any) -> Any:
    r"""Read JSON that may hold half a character, such as an emoji that was cut in two; it becomes U+FFFD.

    Numbers that are not finite, which JSON does not know and some servers write, become null.

    Args:
        raw: The JSON.
        type: What it must be.

    Raises:
        msgspec.DecodeError: It is no JSON, not of the type, or nested too deeply.

    >>> decode_json(rb'["Hi \ud83d", "\ud83d\ude00"]')
    ['Hi \ufffd', '😀']
    >>> decode_json(b'{"logprob": -Infinity}')
    {'logprob': None}
    """
    try:
        return msgspec.json.decode(raw, type=type)
    except (msgspec.DecodeError, UnicodeDecodeError):
        mended = mend_json(raw)
        try:
            return msgspec.json.decode(mended, type=type)
        except msgspec.DecodeError:
            if b"NaN" not in raw and b"Infinity" not in raw:
                raise
            return _decode_infinite(mended, type)
    except RecursionError as error:
        raise msgspec.DecodeError("JSON is nested too deeply") from error


def _decode_infinite(raw: bytes, kind: Any) -> Any:
    """Read what some servers take for JSON: with NaN and Infinity, which become null."""
    try:
        return msgspec.convert(json.loads(raw, parse_constant=lambda _: None), kind)
    except ValueError as error:
        raise msgspec.DecodeError(str(error)) from error


def mend_json(raw: bytes) -> bytes:
    r"""Replace halves of characters, and bytes that are no UTF-8, in JSON that is not decoded yet.

    >>> mend_json(rb'"Hi \ud83d"')
    b'"Hi \\ufffd"'
    """
    return _ESCAPE.sub(_whole_escape, raw.decode("utf-8", "replace").encode())


def _whole_escape(found: "re.Match[bytes]") -> bytes:
    return rb"\ufffd" if found[1] else found[0]


def _mend(value: Any, limit: int) -> Any:
    change = _mender(value.__class__)
    return change(value, limit) if change else value


@cache
def _mender(kind: type) -> Callable[[Any, int], Any] | None:
    """Say how values of a class are mended; None where nothing can be wrong with them."""
    if issubclass(kind, Enum):
        return None
    return next((change for parent, change in _MENDERS.items() if issubclass(kind, parent)), None)


def _mend_struct(value: Struct, limit: int) -> Struct:
    changed = {}
    for name in value.__struct_fields__:
        old = getattr(value, name)
        if (new := _mend(old, NAMES.get(name, limit))) is not old:
            changed[name] = new
    return msgspec.structs.replace(value, **changed) if changed else value


def _mend_mapping(value: Mapping[Any, Any], limit: int) -> Mapping[Any, Any]:
    names, values = list(value), list(value.values())
    new_names, new_values = _mend_sequence(names, MAX_NAME), _mend_sequence(values, limit)
    if new_names is names and new_values is values:
        return value
    return dict(zip(new_names, new_values, strict=True))


def _mend_sequence(value: Any, limit: int) -> Any:
    parts = [_mend(one, limit) for one in value]
    return value if all(map(is_, parts, value)) else type(value)(parts)


def _parts(value: object) -> Iterator[tuple[str | int, object, int]]:
    """Give what a value is made of: its name or place, itself, and the characters that it may have."""
    if isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield name, getattr(value, name), NAMES.get(name, MAX_TEXT)
    elif isinstance(value, Mapping):
        yield from ((str(name), inner, MAX_TEXT) for name, inner in value.items())
    elif isinstance(value, list | tuple):
        yield from ((place, inner, MAX_TEXT) for place, inner in enumerate(value))


def _is_whole(text: str) -> bool:
    """Say whether every character can be stored."""
    if text.isascii():
        return "\0" not in text
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def _is_short(text: str, limit: int) -> bool:
    if len(text) > limit:
        return False
    return limit > MAX_LONG_NAME or text.isascii() or len(text.encode()) <= BYTES_PER_CHARACTER * limit


def _text_fault(text: str, limit: int) -> str | None:
    if not _is_whole(text):
        return "it holds the character U+0000" if "\0" in text else "it holds half a character (a surrogate)"
    if not _is_short(text, limit):
        return f"it has {len(text):,} characters, at most {limit:,} are kept"
    return None


def _mend_text(text: str, limit: int) -> str:
    if text.isascii() and len(text) <= limit and "\0" not in text:
        return text
    if not _is_whole(text):
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        text = whole.replace("\0", REPLACEMENT)
    if _is_short(text, limit):
        return text
    if limit > MAX_LONG_NAME:
        note = f" [cut here; it had {len(text):,} characters]"
        return text[: limit - len(note)] + note
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    kept = text[: limit - len(digest) - 1].encode()[: BYTES_PER_CHARACTER * limit - len(digest) - 1]
    return f"{kept.decode(errors='ignore')}~{digest}"


def _number_fault(number: float) -> str | None:
    if isinstance(number, float) and not math.isfinite(number):
        return "it is not a finite number"
    return None if -MAX_NUMBER <= number <= MAX_NUMBER else f"it is beyond {MAX_NUMBER:g}"


def _moment_fault(moment: datetime) -> str | None:
    mended = _mend_moment(moment)
    return None if mended is moment else f"{moment.isoformat()} is not between 1970 and 9999 in UTC"


def _mend_number(number: float, _limit: int) -> float:
    return number if -MAX_NUMBER <= number <= MAX_NUMBER else type(number)(0)


def _mend_moment(moment: datetime, _limit: int = 0) -> datetime:
    if moment.tzinfo is UTC and moment.year >= FIRST_MOMENT.year:
        return moment
    try:
        at = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError:
        return FIRST_MOMENT if moment.year < 1970 else LAST_MOMENT
    if at < FIRST_MOMENT:
        return FIRST_MOMENT
    return LAST_MOMENT if at > LAST_MOMENT else moment


_MENDERS: dict[type, Callable[[Any, int], Any]] = {
    str: _mend_text,
    float: _mend_number,
    int: _mend_number,
    datetime: _mend_moment,
    Struct: _mend_struct,
    Mapping: _mend_mapping,
    list: _mend_sequence,
    tuple: _mend_sequence,
}
