"""What does a record hold that was sent in our own form, or in that of any API? (pure)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from upspiral.domain import Message, RequestOptions
from upspiral.domain.interaction import ToolDefinition
from upspiral.domain.message import Part
from upspiral.wire.messages import read_message
from upspiral.wire.options import read_tool
from upspiral.wire.parts import make_message, read_content
from upspiral.wire.text import flatten

_OURS = frozenset(Message.__struct_fields__)


def read_recorded(given: Mapping[str, Any]) -> tuple[Message, ...]:
    """Read one message: in our own form, with typed parts, or as an API has it.

    >>> read_recorded({"role": "user", "parts": [{"type": "file", "media": "image", "url": "https://x/a.png"}]})
    (Message(role='user', content='[image_url]', parts=(FilePart(media='image', url='https://x/a.png'),)),)
    """
    if given.keys() <= _OURS and not isinstance(given.get("content"), list):
        parts = _convert(given.get("parts") or ())
        if parts is not None:
            text = flatten(parts) if parts else given.get("content") or ""
            whole = {name: value for name, value in given.items() if value is not None}
            return (msgspec.convert({**whole, "content": text, "parts": parts}, Message),)
    return tuple(read_message({name: value for name, value in given.items() if value is not None}))


def read_parts(given: Sequence[Any]) -> tuple[Part, ...]:
    """Read the parts of an answer: in our own form, or as an API has them."""
    parts = _convert(given)
    if parts is not None:
        return parts
    return make_message(
        "assistant", (p for p in read_content(list(given)) if not isinstance(p, Message))
    ).parts


def _convert(given: Sequence[Any]) -> tuple[Part, ...] | None:
    try:
        return msgspec.convert(given, tuple[Part, ...])
    except msgspec.ValidationError:
        return None


def read_options(given: Mapping[str, Any]) -> RequestOptions:
    """Read what a request says besides its messages; tools as any API defines them.

    >>> read_options({"tools": [{"type": "function", "function": {"name": "f"}}], "temperature": 0}).sampling
    {'temperature': 0}
    """
    known = {name: value for name, value in given.items() if name in RequestOptions.__struct_fields__}
    tools = known.pop("tools", None) or ()
    read = tuple(_tool(one) for one in tools if isinstance(one, Mapping))
    rest = {name: value for name, value in given.items() if name not in RequestOptions.__struct_fields__}
    options = msgspec.convert({k: v for k, v in known.items() if v is not None}, RequestOptions)
    return msgspec.structs.replace(options, tools=read, sampling={**rest, **options.sampling})


def _tool(given: Mapping[str, Any]) -> ToolDefinition:
    try:
        return msgspec.convert(given, ToolDefinition) if "type" not in given else read_tool(given)
    except msgspec.ValidationError:
        return read_tool(given)
