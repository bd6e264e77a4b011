"""What has a stream said so far? Bytes of server-sent events in; text, usage and finish reason out (pure)."""

from typing import Any

import msgspec

from upspiral.domain import ToolCall, Usage
from upspiral.providers.base import Completion

MAX_LINE = 4 * 1024 * 1024
"""Bytes of one event; a longer one is given up."""


class StreamReader:
    r"""Reads a streamed chat completion as its bytes pass by.

    Nothing that comes makes it raise: what is no event is counted in `garbage`.

    >>> heard = StreamReader()
    >>> heard.feed(b'data: {"choices":[{"delta":{"content":"It is "}}]}\n\nda')
    >>> heard.feed(b'ta: {"choices":[{"delta":{"content":"on its way."},"finish_reason":"stop"}]}\n\n')
    >>> heard.feed(b'data: [DONE]\n\n')
    >>> heard.text, heard.finish_reason, heard.done
    ('It is on its way.', 'stop', True)
    """

    def __init__(self) -> None:
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

    def _read(self, line: bytes) -> None:
        if not line.startswith(b"data:"):
            self.garbage += bool(line.strip()) and not line.startswith((b":", b"event:", b"id:", b"retry:"))
            return
        data = line[5:].strip()
        if data == b"[DONE]":
            self.done = True
            return
        try:
            event = msgspec.json.decode(data, type=dict[str, Any])
            self._take(event)
        except (msgspec.DecodeError, AttributeError, TypeError, ValueError, UnicodeDecodeError):
            self.garbage += 1

    def _take(self, event: dict[str, Any]) -> None:
        if event.get("error"):
            error = event["error"]
            self.error = str(error.get("message", error) if isinstance(error, dict) else error)[:500]
        self.model = str(event.get("model") or self.model)
        if usage := event.get("usage"):
            self.usage = Usage(int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
        for choice in (event.get("choices") or [])[:1]:
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
            delta = choice.get("delta") or {}
            if delta.get("content"):
                self._parts.append(str(delta["content"]))
            for call in delta.get("tool_calls") or []:
                self._take_call(call)

    def _take_call(self, call: dict[str, Any]) -> None:
        function = call.get("function") or {}
        name, said = self._calls.get(int(call.get("index") or 0), ("", ""))
        whole = (name + (function.get("name") or ""), said + (function.get("arguments") or ""))
        self._calls[int(call.get("index") or 0)] = whole
