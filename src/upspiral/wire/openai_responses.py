"""How are requests and answers of OpenAI's responses API read and written? (pure)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from upspiral.domain.interaction import RequestOptions
from upspiral.domain.message import (
    CallPart,
    FilePart,
    Message,
    OtherPart,
    Part,
    ReasoningPart,
    RefusalPart,
    TextPart,
)
from upspiral.wire.files import data_url, split_extra
from upspiral.wire.messages import parts_of, read_message
from upspiral.wire.options import write_shared
from upspiral.wire.parts import is_call, read_content
from upspiral.wire.plain import as_list
from upspiral.wire.reply import CUT, Reply, read_error, word
from upspiral.wire.usage import read_usage

Body = dict[str, Any]
ENDS = ("response.completed", "response.incomplete", "response.failed", "response.cancelled")
"""Events that end a stream."""


def read_messages(body: Mapping[str, Any]) -> tuple[Message, ...]:
    """Read what the agent was shown: instructions, and the items of the input.

    >>> read_messages({"instructions": "Be kind.", "input": "Hi"})
    (Message(role='system', content='Be kind.'), Message(role='user', content='Hi'))
    """
    first, given = body.get("instructions"), body.get("input")
    found = [Message("system", first)] if isinstance(first, str) and first else []
    if isinstance(given, str):
        return (*found, Message("user", given))
    speaker = ""
    for item in as_list(given):
        for message in _read_item(item):
            found.append(_note_joined(message, speaker))
            speaker = message.role
    return tuple(found)


def _read_item(item: Any) -> Iterator[Message]:
    known = isinstance(item, Mapping) and (
        "role" in item or item.get("type") in ("message", "reasoning", *_RESULTS) or is_call(item.get("type"))
    )
    if known or not isinstance(item, Mapping):
        yield from read_message(item)
    else:  # what the host itself did, such as a search
        other = OtherPart(dict(item))
        yield Message("assistant", f"[{item.get('type')}]", (other,))


_RESULTS = ("function_call_output", "custom_tool_call_output")


def _note_joined(message: Message, before: str) -> Message:
    """Say that what a model thought, said and called one after the other is one message elsewhere."""
    if message.role != "assistant" or before != "assistant":
        return message
    return Message(
        message.role, message.content, message.parts, message.name, joined=True, extra=message.extra
    )


def write_input(messages: Iterable[Message]) -> list[Body]:
    """Write messages as items of an input.

    >>> write_input([Message("user", "Hi"), Message("tool", "4", tool_call_id="c")])
    [{'role': 'user', 'content': 'Hi'}, {'type': 'function_call_output', 'call_id': 'c', 'output': '4'}]
    """
    return [item for message in messages for item in _write_items(message)]


def _write_items(message: Message) -> Iterator[Body]:
    own = dict(message.extra or {})
    kind = own.pop("type", None)
    if message.role == "tool":
        output = [_write_part(p, "user") for p in message.parts] if message.parts else message.content
        yield {
            "type": kind or "function_call_output",
            "call_id": message.tool_call_id or "",
            "output": output,
            **own,
        }
        return
    role = own.pop("role", message.role)
    said = [part for part in message.parts if not isinstance(part, CallPart | ReasoningPart | OtherPart)]
    for part in message.parts:
        if isinstance(part, ReasoningPart):
            yield {"type": "reasoning", **(part.extra or {"summary": _summarize(part)})}
    if said or not message.parts:
        content = [_write_part(part, message.role) for part in said] if said else message.content
        typed = {"type": "message"} if "id" in own or "status" in own else {}
        yield {**typed, "role": role, "content": content, **own}
    for part in message.parts:
        if isinstance(part, OtherPart):
            yield dict(part.value)
        elif isinstance(part, CallPart):
            yield _write_call(part)


def _summarize(part: ReasoningPart) -> list[Body]:
    return [{"type": "summary_text", "text": part.text}] if part.text else []


def _write_call(call: CallPart) -> Body:
    own = dict(call.extra or {})
    own.pop("legacy", None)
    kind = own.pop("type", "function_call")
    if kind not in ("function_call", "custom_tool_call", "tool_use"):  # of the host's own tools
        named = {"name": call.name, "arguments": call.arguments} if kind == "mcp_call" else {}
        return {"type": kind, **({"id": call.id} if call.id else {}), **named, **own}
    given = "input" if kind == "custom_tool_call" else "arguments"
    return {"type": kind, "call_id": call.id or "", "name": call.name, given: call.arguments, **own}


def _write_part(part: Part, role: str) -> Body:
    if isinstance(part, RefusalPart):
        own = {name: value for name, value in (part.extra or {}).items() if name != "field"}
        return {"type": "refusal", "refusal": part.text, **own}
    if isinstance(part, FilePart):
        return _write_file(part)
    if isinstance(part, TextPart):
        kind = "output_text" if role == "assistant" else "input_text"
        return {"type": kind, "text": part.text, **(part.extra or {})}
    return dict(part.value) if isinstance(part, OtherPart) else {}


def _write_file(part: FilePart) -> Body:
    own, inner = split_extra(part.extra, "input_audio")
    if part.media == "audio":
        form = (part.media_type or "").rpartition("/")[2]
        return {
            "type": "input_audio",
            "input_audio": {"data": part.data or "", "format": form, **inner},
            **own,
        }
    own, inner = split_extra(part.extra, "image_url" if part.media == "image" else "file")
    named: Body = {"file_id": part.file_id}
    if part.media == "image":
        named["image_url"] = data_url(part)
    else:
        named |= {"filename": part.name, "file_url": part.url}
        named["file_data"] = data_url(part) if part.data else None
    kind = "input_image" if part.media == "image" else "input_file"
    return {"type": kind, **{k: v for k, v in named.items() if v is not None}, **inner, **own}


def write_request(messages: Iterable[Message], options: RequestOptions | None) -> Body:
    """Write a request that was asked in this API."""
    told = list(messages)
    body: Body = {}
    if told and told[0].role == "system" and not told[0].parts and not told[0].extra:
        body["instructions"] = told.pop(0).content
    body["input"] = write_input(told)
    return body | write_shared(options, _write_tool)


def _write_tool(tool: Any) -> Body:
    own = dict(tool.extra or {})
    if tool.kind != "function":
        return {"type": tool.kind, **({"name": tool.name} if tool.name else {}), **own}
    body: Body = {"type": "function", "name": tool.name}
    if tool.description:
        body["description"] = tool.description
    if tool.parameters is not None:
        body["parameters"] = tool.parameters
    return {**body, **own}


def read_reply(body: Mapping[str, Any]) -> Reply:
    """Read a whole answer.

    >>> read_reply({"status": "completed", "output": [{"type": "message", "content": [
    ...     {"type": "output_text", "text": "Hi"}]}]}).text
    'Hi'
    """
    parts = [part for item in as_list(body.get("output")) for part in _read_output(item)]
    status, details = word(body.get("status")), body.get("incomplete_details")
    reason = word(details.get("reason")) if isinstance(details, Mapping) else ""
    refused = any(isinstance(part, RefusalPart) for part in parts)
    failed = f"the response is {status}" if status in {"failed", "cancelled"} else None
    return Reply(
        parts=tuple(parts),
        model=word(body.get("model")),
        id=word(body.get("id")),
        usage=read_usage(body.get("usage")),
        finish_reason="refusal" if refused else reason or status,
        error=read_error(body.get("error")) or failed,
    )


def _read_output(item: Any) -> Iterator[Part]:
    if not isinstance(item, Mapping):
        return
    if item.get("type") == "message":
        for part in read_content(item.get("content")):
            if isinstance(part, TextPart):
                extra = {k: v for k, v in (part.extra or {}).items() if v not in ([], {})}
                yield TextPart(part.text, extra or None)
            elif not isinstance(part, Message):
                yield part
    else:
        for message in _read_item(item):
            yield from parts_of(message)


class ResponsesStream:
    """Gathers the events of a streamed answer."""

    def __init__(self) -> None:
        self.done = False
        """Did the stream say that it is complete?"""
        self._words: list[str] = []
        self._refusal: list[str] = []
        self._items: dict[int, Body] = {}
        self._last: Mapping[str, Any] = {}
        self._error: str | None = None

    def take(self, event: Mapping[str, Any]) -> None:
        """Take one event."""
        kind, delta = event.get("type"), event.get("delta")
        if isinstance(response := event.get("response"), Mapping):
            self._last = response
        if kind == "error" or (kind is None and event.get("error")):
            self._error = read_error(event.get("error") or event)
        elif kind in ENDS:
            self.done = True
        elif kind == "response.output_text.delta":
            self._words.append(word(delta))
        elif kind == "response.refusal.delta":
            self._refusal.append(word(delta))
        elif kind in _ARGUMENTS:
            self._take_item(event, word(delta))
        elif kind in ("response.output_item.added", "response.output_item.done"):
            self._take_item(event, "")

    def _take_item(self, event: Mapping[str, Any], more: str) -> None:
        at, item = event.get("output_index"), event.get("item")
        place = at if isinstance(at, int) else 0
        if isinstance(item, Mapping) and is_call(item.get("type")):
            self._items[place] = {**self._items.get(place, {}), **item}
        elif more and (known := self._items.setdefault(place, {"type": "function_call"})):
            name = "input" if known.get("type") == "custom_tool_call" else "arguments"
            known[name] = word(known.get(name)) + more

    def reply(self) -> Reply:
        """Give the answer so far."""
        whole = read_reply(self._last)
        parts = whole.parts
        if not parts:
            words, refusal = "".join(self._words), "".join(self._refusal)
            told: list[Part] = [TextPart(words)] if words else []
            told += [RefusalPart(refusal)] if refusal else []
            parts = (*told, *(p for _, item in sorted(self._items.items()) for p in _read_output(item)))
        error = self._error or whole.error or (None if self.done else CUT)
        status = whole.finish_reason if self.done else ""
        return Reply(
            parts=parts,
            model=whole.model,
            id=whole.id,
            usage=whole.usage,
            finish_reason="refusal" if self._refusal and not whole.parts else status,
            error=error,
        )


_ARGUMENTS = ("response.function_call_arguments.delta", "response.custom_tool_call_input.delta")
