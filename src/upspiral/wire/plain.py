"""How does anything that an SDK or a file holds become plain JSON values? (pure)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from upspiral.storable import decode_json

MAX_DEPTH = 100
"""Levels of nesting that are read; what lies deeper stands as nothing."""


def to_plain(value: Any, *, depth: int = 0) -> Any:
    """Make dicts, lists and plain values of models, data classes and other objects, whose empty fields go.

    >>> to_plain({"content": ({"type": "text", "text": "Hi"},), "name": None})
    {'content': [{'type': 'text', 'text': 'Hi'}], 'name': None}
    """
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        return {str(name): to_plain(inner, depth=depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(one, depth=depth + 1) for one in value]
    if isinstance(value, msgspec.Struct):
        return to_plain(msgspec.to_builtins(value), depth=depth + 1)
    if callable(dump := getattr(value, "model_dump", None)):
        return to_plain(dump(exclude_none=True, warnings=False), depth=depth + 1)
    if not hasattr(value, "__dict__"):
        return str(value)
    fields = ((name, inner) for name, inner in vars(value).items() if not name.startswith("_"))
    return {
        str(name): to_plain(inner, depth=depth + 1)
        for name, inner in fields
        if inner is not None and not callable(inner)
    }


def parse(value: Any) -> Any:
    """Unpack JSON that stands in a text; anything else stays what it is.

    >>> parse('[{"type": "text"}]'), parse("[sic]"), parse(" Hi")
    ([{'type': 'text'}], '[sic]', ' Hi')
    """
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return decode_json(value.encode("utf-8", "replace"))
        except (msgspec.DecodeError, UnicodeDecodeError):
            return value
    return value


def to_json(value: Any) -> str:
    """Write a value as JSON text; text stays as it is, None is empty.

    >>> to_json({"q": 1}), to_json('{"q": 1}'), to_json(None)
    ('{"q":1}', '{"q": 1}', '')
    """
    if isinstance(value, str):
        return value
    return "" if value is None else msgspec.json.encode(value, enc_hook=str).decode()


def text_or_none(value: Any) -> str | None:
    """Give an id as text: many senders write them as numbers; None where there is none.

    >>> text_or_none(7), text_or_none(""), text_or_none(None)
    ('7', None, None)
    """
    return str(value) if value not in (None, "") and isinstance(value, str | int | float) else None


def omit(fields: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any] | None:
    """Give the fields that have other names and are not None; None where there are none.

    >>> omit({"type": "text", "cache_control": {"ttl": "5m"}, "citations": None}, frozenset(("type",)))
    {'cache_control': {'ttl': '5m'}}
    """
    return {k: v for k, v in fields.items() if k not in names and v is not None} or None


def as_list(value: Any) -> list[Any]:
    """Give a list as it is, and anything else as an empty one."""
    return value if isinstance(value, list) else []
