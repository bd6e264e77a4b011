"""How are requests and answers of Anthropic's messages API read and written? (pure)."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from upspiral.domain.interaction import RequestOptions, ToolDefinition
from upspiral.domain.message import (
    CallPart,
    FilePart,
    Message,
    OtherPart,
    Part,
    ReasoningPart,
)
from upspiral.wire.files import split_extra
from upspiral.wire.messages import parts_of, read_message
from upspiral.wire.options import write_shared
from upspiral.wire.plain import as_list
from upspiral.wire.reply import CUT, Reply, read_error, word
from upspiral.wire.usage import read_usage

Body = dict[str, Any]


def read_messages(body: Mapping[str, Any]) -> tuple[Message, ...]:
    """Read what the agent was shown: the system prompt, and the messages.

    >>> read_messages({"system": "Be kind.", "messages": [{"role": "user", "content": "Hi"}]})
    (Message(role='system', content='Be kind.'), Message(role='user', content='Hi'))
    """
    system = body.get("system")
    first = tuple(read_message({"role": "system", "content": system})) if system else ()
    return (*first, *(message for one in as_list(body.get("messages")) for message in read_message(one)))


def write_request(messages: Iterable[Message], options: RequestOptions | None = None) -> Body:
    """Write a request.

    >>> write_request([Message("system", "Be kind."), Message("user", "Hi")])
    {'system': 'Be kind.', 'messages': [{'role': 'user', 'content': 'Hi'}]}
    """
    told = list(messages)
    body: Body = {}
    if told and told[0].role == "system":
        body["system"] = _write_content(told.pop(0))
    body["messages"] = write_messages(told)
    return body | write_shared(options, _write_tool)


def write_messages(messages: Iterable[Message]) -> list[Body]:
    """Write messages; results of tools stand in messages of the user, with what was joined to them."""
    written: list[Body] = []
    for message in messages:
        is_tool = message.role == "tool"
        content = [_write_result(message)] if is_tool else _write_content(message)
        if written and message.joined:
            before = written[-1]
            before["content"] = [*_as_blocks(before["content"]), *_as_blocks(content)]
        else:
            role = "user" if is_tool else (message.extra or {}).get("role", message.role)
            written.append({"role": role, "content": content})
    return written


def _as_blocks(content: Any) -> list[Body]:
    return content if isinstance(content, list) else [{"type": "text", "text": content}]


def _write_content(message: Message) -> Any:
    return [_write_part(part) for part in message.parts] if message.parts else message.content


def _write_result(message: Message) -> Body:
    own = dict(message.extra or {})
    body: Body = {"type": own.pop("type", "tool_result"), "tool_use_id": message.tool_call_id or ""}
    if message.parts or message.content:
        body["content"] = _write_content(message)
    return {**body, **own}


def _write_part(part: Part) -> Body:
    if isinstance(part, OtherPart):
        return dict(part.value)
    own = dict(part.extra or {})
    if isinstance(part, CallPart):
        kind = own.pop("type", "tool_use")
        return {"type": kind, "id": part.id or "", "name": part.name, "input": _parse(part.arguments), **own}
    if isinstance(part, ReasoningPart):
        if own.get("type") == "redacted_thinking":
            return own
        return {"type": "thinking", "thinking": part.text, **own}
    if isinstance(part, FilePart):
        return _write_file(part)
    return {"type": "text", "text": part.text, **own}


def _write_file(part: FilePart) -> Body:
    own, inner = split_extra(part.extra, "source")
    if part.data is not None:
        source: Body = {"type": "base64", "media_type": part.media_type or "", "data": part.data}
    elif part.file_id:
        source = {"type": "file", "file_id": part.file_id}
    else:
        source = {"type": "url", "url": part.url or ""}
    return {"type": "image" if part.media == "image" else "document", "source": source | inner, **own}


def _parse(arguments: str) -> Any:
    try:
        return msgspec.json.decode(arguments or "{}")
    except msgspec.DecodeError:
        return {"arguments": arguments}  # what the model wrote was no JSON, and this API takes nothing else


def _write_tool(tool: ToolDefinition) -> Body:
    own = dict(tool.extra or {})
    if tool.kind != "function":
        return {"type": tool.kind, **({"name": tool.name} if tool.name else {}), **own}
    body: Body = {"name": tool.name}
    if tool.description:
        body["description"] = tool.description
    return {**body, "input_schema": tool.parameters or {"type": "object"}, **own}


def read_reply(body: Mapping[str, Any]) -> Reply:
    """Read a whole answer.

    >>> read_reply({"content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn"}).text
    'Hi'
    """
    blocks = [one for one in as_list(body.get("content")) if isinstance(one, Mapping)]
    told = read_message({"role": "assistant", "content": blocks})
    return Reply(
        parts=tuple(part for one in told for part in _parts_of(one)),
        model=word(body.get("model")),
        id=word(body.get("id")),
        usage=read_usage(body.get("usage")),
        finish_reason=word(body.get("stop_reason")),
        error=read_error(body.get("error")),
    )


def _parts_of(message: Message) -> tuple[Part, ...]:
    if message.role == "tool":  # of a tool that the host itself ran
        return (OtherPart({"type": "tool_result", "content": message.content}),)
    return parts_of(message)


class MessagesStream:
    """Gathers the events of a streamed answer."""

    def __init__(self) -> None:
        self.done = False
        """Did the stream say that it is complete?"""
        self._message: Mapping[str, Any] = {}
        self._blocks: dict[int, Body] = {}
        self._pieces: dict[int, list[str]] = {}
        self._usage: Body = {}
        self._reason = ""
        self._error: str | None = None

    def take(self, event: Mapping[str, Any]) -> None:
        """Take one event."""
        kind, at, delta = event.get("type"), event.get("index"), event.get("delta")
        place = at if isinstance(at, int) else 0
        if isinstance(message := event.get("message"), Mapping):
            self._message = message
            self._take_usage(message.get("usage"))
        if event.get("error"):
            self._error = read_error(event["error"])
        if isinstance(block := event.get("content_block"), Mapping):
            self._blocks[place] = dict(block)
        if kind == "content_block_delta" and isinstance(delta, Mapping):
            self._take_delta(place, delta)
        elif kind == "message_delta":
            self._reason = word((delta or {}).get("stop_reason")) or self._reason
            self._take_usage(event.get("usage"))
        self.done = self.done or kind == "message_stop"

    def _take_usage(self, usage: Any) -> None:
        if isinstance(usage, Mapping):  # the last count of each kind holds
            self._usage |= {name: count for name, count in usage.items() if count}

    def _take_delta(self, place: int, delta: Mapping[str, Any]) -> None:
        if "partial_json" in delta:
            self._pieces.setdefault(place, []).append(word(delta["partial_json"]))
            return
        block = self._blocks.setdefault(place, {"type": "text", "text": ""})
        for name in ("text", "thinking", "signature"):
            if name in delta:
                block[name] = word(block.get(name)) + word(delta[name])

    def reply(self) -> Reply:
        """Give the answer so far."""
        blocks = [
            {**block, "input": "".join(self._pieces[place])} if self._pieces.get(place) else block
            for place, block in sorted(self._blocks.items())
        ]
        whole = read_reply({**self._message, "content": blocks, "usage": self._usage or None})
        ended = self._reason or self.done
        return Reply(
            parts=whole.parts,
            model=whole.model,
            id=whole.id,
            usage=whole.usage,
            finish_reason=self._reason,
            error=self._error or (None if ended else CUT),
        )
