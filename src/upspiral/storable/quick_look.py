"""Is a value surely one that both databases keep? A quick look, which may say no where a closer one says yes.

Nearly all values are fine, and every record passes here, so this is written for speed: all texts of a value
are looked at as one, and names are compared with the shortest limit of their class.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from enum import Enum
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from msgspec import Struct

from upspiral.storable.limits import (
    BYTES_PER_CHARACTER,
    MAX_LONG_NAME,
    MAX_NAME,
    MAX_NUMBER,
    NAMES,
)
from upspiral.storable.plain_values import is_whole, mend_moment

MAX_BYTES_PER_CHARACTER = 4
"""Of UTF-8."""
Gather = Callable[[Any, list[str]], bool]
"""Adds the texts of a value to a list; False where something else in it needs a closer look."""


def is_surely_storable(value: object, limit: int) -> bool:
    r"""Say whether nothing in a value needs to be mended; False where a closer look must tell.

    Args:
        value: A text, number, moment, Struct, list, tuple or mapping of these.
        limit: Characters that a text may have; names have limits of their own.

    >>> is_surely_storable({"said": ["fine", 1.5]}, 10), is_surely_storable({"said": "a\0b"}, 10)
    (True, False)
    """
    texts: list[str] = []
    try:
        if not _gather_each((value,), texts):
            return False
        joined = "".join(texts)
    except TypeError:  # what is no text stands where one belongs
        return False
    if not is_whole(joined):
        return False
    most = _shortest(limit) if limit <= MAX_LONG_NAME else limit
    return len(joined) <= most or max(map(len, texts)) <= most


def _gather_each(values: Iterable[Any], texts: list[str]) -> bool:
    for value in values:
        if not value:  # empty, nothing or 0, as most fields are
            continue
        kind = value.__class__
        if kind is str:
            texts.append(value)
        elif kind is bool:
            continue
        elif kind is int or kind is float:
            if not -MAX_NUMBER <= value <= MAX_NUMBER:
                return False
        elif kind is datetime:
            if mend_moment(value) is not value:
                return False
        else:
            gather = _gatherer(kind)
            if gather is not None and not gather(value, texts):
                return False
    return True


@cache
def _gatherer(kind: type) -> Gather | None:
    """Say how the texts of a class are found; None where there is nothing that could be wrong."""
    if issubclass(kind, Struct):
        return _struct_gatherer(kind)
    if issubclass(kind, Mapping):
        return _gather_mapping
    if issubclass(kind, list | tuple):
        return _gather_each
    known = issubclass(kind, str | int | float | datetime) and not issubclass(kind, Enum)
    return _doubt if known else None


def _struct_gatherer(kind: type[Struct]) -> Gather | None:
    """Say how the texts of a class are found: those that are declared as texts without a look at each.

    A record has two dozen fields, most of them texts or nothing; `attrgetter` and `filter` take them all at
    once. A value that is no text although its field says so makes the join fail, which counts as doubt, and
    so does one that is no number. The sum of numbers is no number where one of them is none.
    """
    fields = kind.__struct_fields__
    if not fields:
        return None
    hints = get_type_hints(kind)
    names = [name for name in fields if name in NAMES]
    plain = [name for name in fields if name not in NAMES and _is_only(hints[name], str)]
    numbers = [name for name in fields if name not in NAMES and _is_only(hints[name], int, float)]
    others = [name for name in fields if name not in {*names, *plain, *numbers}]
    read_names, read_plain, read_numbers, read_others = map(_reader, (names, plain, numbers, others))
    shortest = _shortest(min((NAMES[name] for name in names), default=0))

    if len(numbers) == len(fields):  # as what an answer took, which every record has
        return lambda value, _: sum(map(abs, filter(None, read_numbers(value)))) <= MAX_NUMBER

    def gather(value: Any, texts: list[str]) -> bool:
        if names:
            found = [*filter(None, read_names(value))]
            if found and max(map(len, found)) > shortest:
                return False
            texts += found
        texts += filter(None, read_plain(value))
        if numbers and not sum(map(abs, filter(None, read_numbers(value)))) <= MAX_NUMBER:  # or not finite
            return False
        return _gather_each(read_others(value), texts)

    return gather


def _is_only(hint: Any, *kinds: type) -> bool:
    """Say whether a field is declared to hold values of these kinds, ids of them, or nothing.

    >>> _is_only(str | None, str), _is_only(int, str), _is_only(str | int, str)
    (True, False, False)
    """
    parts = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return all(getattr(one, "__supertype__", one) in (*kinds, NoneType) for one in parts)


def _gather_mapping(value: Any, texts: list[str]) -> bool:
    names, inner = list(value), list(value.values())
    if max(map(len, names)) > _SHORT_NAME:
        return False
    texts += names
    if set(map(type, inner)) == _TEXT_ALONE:  # as metadata
        texts += inner
        return True
    return _gather_each(inner, texts)


def _doubt(_value: Any, _texts: list[str]) -> bool:
    return False


def _shortest(limit: int) -> int:
    """Give the characters that a name may have whatever they are, as its bytes are counted too."""
    return limit * BYTES_PER_CHARACTER // MAX_BYTES_PER_CHARACTER


def _reader(names: Iterable[str]) -> Callable[[Any], tuple[Any, ...]]:
    chosen = tuple(names)
    if not chosen:
        return lambda _: ()
    read = attrgetter(*chosen)
    return read if len(chosen) > 1 else lambda value: (read(value),)


_TEXT_ALONE = {str}
_SHORT_NAME = _shortest(MAX_NAME)
