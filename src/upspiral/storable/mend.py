"""What is stored instead of what cannot be? For what was already paid for, and for the rest of a batch."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from operator import is_
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from upspiral.storable.limits import MAX_NAME, MAX_TEXT, NAMES
from upspiral.storable.plain_values import mend_moment, mend_number, mend_text
from upspiral.storable.quick_look import is_surely_storable

T = TypeVar("T")


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
    if value.__class__ is str:
        return mend_text(value, limit)  # type: ignore[return-value,arg-type]
    return value if is_surely_storable(value, limit) else _mend(value, limit)


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


_MENDERS: dict[type, Callable[[Any, int], Any]] = {
    str: mend_text,
    float: mend_number,
    int: mend_number,
    datetime: mend_moment,
    Struct: _mend_struct,
    Mapping: _mend_mapping,
    list: _mend_sequence,
    tuple: _mend_sequence,
}
