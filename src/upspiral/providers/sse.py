"""What has a stream said so far? Bytes of server-sent events in; text, usage and finish reason out (pure)."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import msgspec

from upspiral.domain import ToolCall, Usage
from upspiral.providers.base import Completion
from upspiral.storable import decode_json

MAX_LINE = 4 * 1024 * 1024
"""Bytes of one event; a longer one is given up."""


class EventReader(ABC):
    """Reads a stream as its bytes pass by; subclasses know what one event says.

    Nothing that comes makes it raise: what is no event is counted in `garbage`.
    """

    FIELDS: ClassVar[tuple[bytes, ...]] = (b":", b"event:", b"id:", b"retry:")

    def __init__(self) -> None:
        self.id = ""
        """The upstream's own id of the answer."""
        self.model = ""
        self.finish_reason: str | None = None
        self.usage: Usage | None = None
        self.error: str | None = None
        """What the upstream said went wrong in the middle of the stream."""
        self.done = False
        """Did the stream say that it is complete?"""
        self.garbage = 0
        self._parts: list[str] = []
        self._calls: dict[int, tuple[str, str]] = {}
        self._line = bytearray()

    @property
    def text(self) -> str:
        """The answer so far."""
        return "".join(self._parts)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tool calls so far, in their order."""
        return tuple(ToolCall(name=name, arguments=said) for _, (name, said) in sorted(self._calls.items()))

    def completion(self, model: str) -> Completion:
        """The answer so far as a Completion.

        Args:
            model: The name asked for, where the stream named none.
        """
        return Completion(
            id=self.id,
            answer=self.text,
            model=self.model or model,
            usage=self.usage or Usage(),
            finish_reason=self.finish_reason or ("stop" if self.done else ""),
            tool_calls=self.tool_calls,
        )

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes, cut wherever the network cut them."""
        self._line += chunk
        *lines, rest = self._line.replace(b"\r\n", b"\n").split(b"\n")
        self._line = bytearray(rest)
        for line in lines:
            self._read(bytes(line))
        if len(self._line) > MAX_LINE:
            self._line.clear()
            self.garbage += 1

    @abstractmethod
    def take(self, event: dict[str, Any]) -> None:
        """Take one event."""

    def _read(self, line: bytes) -> None:
        if not line.startswith(b"data:"):
            self.garbage += bool(line.strip()) and not line.startswith(self.FIELDS)
            return
        data = line[5:].strip()
        if data == b"[DONE]":
            self.done = True
            return
        try:
            event = decode_json(data, type=dict[str, Any])
            self._take_error(event)
            self.take(event)
        except (msgspec.DecodeError, AttributeError, TypeError, ValueError, UnicodeDecodeError):
            self.garbage += 1

    def _take_error(self, event: dict[str, Any]) -> None:
        error = event.get("error")
        if error:
            self.error = str(error.get("message", error) if isinstance(error, dict) else error)[:500]

    def _take_call(self, index: int, name: str, arguments: str) -> None:
        known, said = self._calls.get(index, ("", ""))
        self._calls[index] = (known + name, said + arguments)


class StreamReader(EventReader):
    r"""Reads a streamed chat completion.

    >>> heard = StreamReader()
    >>> heard.feed(b'data: {"choices":[{"delta":{"content":"It is "}}]}\n\nda')
    >>> heard.feed(b'ta: {"choices":[{"delta":{"content":"on its way."},"finish_reason":"stop"}]}\n\n')
    >>> heard.feed(b'data: [DONE]\n\n')
    >>> heard.text, heard.finish_reason, heard.done
    ('It is on its way.', 'stop', True)
    """

    def take(self, event: dict[str, Any]) -> None:
        """Take one chunk of a chat completion."""
        self.id = str(event.get("id") or self.id)
        self.model = str(event.get("model") or self.model)
        if usage := event.get("usage"):
            self.usage = Usage(int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
        for choice in (event.get("choices") or [])[:1]:
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
            delta = choice.get("delta") or {}
            if delta.get("content"):
                self._parts.append(str(delta["content"]))
            for call in delta.get("tool_calls") or []:
                function = call.get("function") or {}
                self._take_call(
                    int(call.get("index") or 0), function.get("name") or "", function.get("arguments") or ""
                )


class ResponsesReader(EventReader):
    r"""Reads a streamed answer of OpenAI's responses API.

    >>> heard = ResponsesReader()
    >>> heard.feed(b'data: {"type":"response.output_text.delta","delta":"Hi"}\n\n')
    >>> heard.text
    'Hi'
    """

    def take(self, event: dict[str, Any]) -> None:
        """Take one event of a response."""
        kind, index = event.get("type"), int(event.get("output_index") or 0)
        if kind == "response.output_text.delta":
            self._parts.append(str(event["delta"]))
        elif kind == "response.function_call_arguments.delta":
            self._take_call(index, "", str(event["delta"]))
        elif kind == "response.output_item.added" and event["item"].get("type") == "function_call":
            self._take_call(index, str(event["item"].get("name") or ""), "")
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            self._end(event["response"])

    def _end(self, response: dict[str, Any]) -> None:
        self.id, self.model = str(response.get("id") or ""), str(response.get("model") or "")
        self.finish_reason, self.done = str(response.get("status") or "completed"), True
        usage = response.get("usage") or {}
        self.usage = Usage(int(usage.get("input_tokens") or 0), int(usage.get("output_tokens") or 0))
        self._take_error(response)


class MessagesReader(EventReader):
    r"""Reads a streamed answer of Anthropic's messages API.

    >>> heard = MessagesReader()
    >>> heard.feed(b'data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Hi"}}\n\n')
    >>> heard.text
    'Hi'
    """

    def take(self, event: dict[str, Any]) -> None:
        """Take one event of a message."""
        kind, index = event.get("type"), int(event.get("index") or 0)
        delta = event.get("delta") or {}
        if kind == "message_start":
            message = event["message"]
            self.id, self.model = str(message.get("id") or ""), str(message.get("model") or "")
            self._take_usage(message.get("usage") or {})
        elif kind == "content_block_start" and event["content_block"].get("type") == "tool_use":
            self._take_call(index, str(event["content_block"].get("name") or ""), "")
        elif kind == "content_block_delta" and delta.get("type") == "text_delta":
            self._parts.append(str(delta["text"]))
        elif kind == "content_block_delta" and delta.get("type") == "input_json_delta":
            self._take_call(index, "", str(delta["partial_json"]))
        elif kind == "message_delta":
            self.finish_reason = delta.get("stop_reason") or self.finish_reason
            self._take_usage(event.get("usage") or {})
        self.done = self.done or kind == "message_stop"

    def _take_usage(self, usage: dict[str, Any]) -> None:
        before = self.usage or Usage()
        self.usage = Usage(
            int(usage.get("input_tokens") or before.input_tokens),
            int(usage.get("output_tokens") or before.output_tokens),
        )


async def without_usage(pieces: AsyncIterator[bytes], heard: EventReader) -> AsyncIterator[bytes]:
    """Pass a chat stream on without the last count of tokens, for which its caller did not ask.

    Args:
        pieces: The stream as it comes.
        heard: Hears all of it, the count included.
    """
    held = b""
    async for piece in pieces:
        heard.feed(piece)
        *events, held = (held + piece).split(b"\n\n")
        kept = [event for event in events if not _is_count(event)]
        if kept:
            yield b"\n\n".join(kept) + b"\n\n"
        if len(held) > MAX_LINE:
            yield held
            held = b""
    if held:
        yield held


def _is_count(event: bytes) -> bool:
    """Say whether an event only counts tokens.

    >>> _is_count(b'data: {"choices": [], "usage": {"prompt_tokens": 3}}')
    True
    """
    if b'"usage"' not in event or not event.startswith(b"data:"):
        return False
    try:
        said = decode_json(event[5:], type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return said.get("choices") == [] and bool(said.get("usage"))
