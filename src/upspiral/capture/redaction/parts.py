"""Which texts does a message hold, and how are new ones put in their place?

A message in parts is looked at part by part; its text follows from them again. What stands in fields of the
sender's own is looked at as JSON, string by string and number by number.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from upspiral.domain import Message, RequestOptions
from upspiral.domain.message import CallPart, FilePart, OtherPart, Part
from upspiral.storable import decode_json
from upspiral.wire.text import flatten

MESSAGE_FIELDS = ("role", "name", "tool_call_id")
PART_FIELDS: dict[type, tuple[str, ...]] = {
    CallPart: ("name", "arguments", "id"),
    FilePart: ("url", "file_id", "name", "transcript"),
}
"""Fields of parts that are one text each; others have one, their text. Bytes of files are not read."""


def texts_of_message(message: Message) -> Iterator[str]:
    """Give all texts of a message; a field that is empty gives an empty one."""
    if is_plain(message):
        yield message.role
        yield message.content
        return
    for name in MESSAGE_FIELDS:
        yield getattr(message, name) or ""
    yield _to_json(message.extra)
    if message.parts:
        yield from texts_of_parts(message.parts)
    else:
        yield message.content


def is_plain(message: Message) -> bool:
    """Say whether a message is a role and words and nothing else, as nearly all are."""
    return not (message.parts or message.name or message.tool_call_id or message.extra or message.joined)


def rebuild_message(message: Message, new: Iterator[str]) -> Message:
    """Put the values back in the order of `texts_of_message`."""
    if is_plain(message):
        return Message(next(new), next(new))
    role, name, call = (next(new) for _ in MESSAGE_FIELDS)
    extra = _from_json(message.extra, next(new))
    parts = rebuild_parts(message.parts, new)
    content = flatten(parts) if parts else next(new)
    return Message(role, content, parts, name or None, call or None, message.joined, extra)


def texts_of_parts(parts: Sequence[Part]) -> Iterator[str]:
    """Give all texts of parts."""
    for part in parts:
        if isinstance(part, OtherPart):
            yield _to_json(part.value)
        else:
            for name in PART_FIELDS.get(type(part), ("text",)):
                yield getattr(part, name) or ""
            yield _to_json(part.extra)


def rebuild_parts(parts: Sequence[Part], new: Iterator[str]) -> tuple[Part, ...]:
    """Put the values back in the order of `texts_of_parts`."""
    return tuple(_rebuild_part(part, new) for part in parts)


def _rebuild_part(part: Part, new: Iterator[str]) -> Part:
    if isinstance(part, OtherPart):
        return OtherPart(_from_json(part.value, next(new)) or {})
    values = {name: next(new) for name in PART_FIELDS.get(type(part), ("text",))}
    kept = {name: value if getattr(part, name) is not None else None for name, value in values.items()}
    return msgspec.structs.replace(part, **kept, extra=_from_json(part.extra, next(new)))


def text_of_options(options: RequestOptions | None) -> str:
    """Give what a request says besides its messages as JSON; empty where it says nothing."""
    return msgspec.json.encode(options).decode() if options else ""


def rebuild_options(options: RequestOptions | None, new: str) -> RequestOptions | None:
    """Read it again; None where so much of it had to be hidden that nothing can be read."""
    if options is None:
        return None
    try:
        return decode_json(new.encode(), type=RequestOptions)  # type: ignore[no-any-return]
    except msgspec.DecodeError:
        return None


def _to_json(value: dict[str, Any] | None) -> str:
    return msgspec.json.encode(value).decode() if value else ""


def _from_json(old: dict[str, Any] | None, new: str) -> dict[str, Any] | None:
    if not old:
        return old
    try:
        found: dict[str, Any] = decode_json(new.encode(), type=dict[str, Any])
    except msgspec.DecodeError:  # too much was hidden for it to stay JSON
        return {"hidden": new}
    return found
