"""What has a stream said so far? Bytes of server-sent events in; events and the answer out (pure).

Read as the standard says: a line ends in CRLF, LF or CR, an event in an empty line; several `data` lines
are one text; a byte order mark before the first is passed over.
"""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from upspiral.storable import decode_json
from upspiral.wire.reply import Reply, read_error

MAX_EVENT_BYTES = 64 * 1024 * 1024
"""Bytes of one event; a longer one is given up."""
BLANK = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n|$))")
"""The end of an event: two line ends. A CR at the very end of what has come may be half of one."""
LINE = re.compile(rb"\r\n|\n|\r")
BOM = b"\xef\xbb\xbf"


class Event(Struct, frozen=True):
    """One event of a stream."""

    raw: bytes
    """As it came, with the empty line that ends it."""
    data: bytes
    """Its `data` lines, joined."""


class EventSplitter:
    r"""Parts the bytes of a stream into events, wherever the network cut them.

    >>> splitter = EventSplitter()
    >>> [event.data for event in splitter.feed(b"data: a\r\n\r\ndata: b\n")]
    [b'a']
    >>> [event.data for event in splitter.end()]
    [b'b']
    """

    def __init__(self) -> None:
        self.given_up = 0
        """Events that were too long."""
        self._held = bytearray()

    def feed(self, chunk: bytes) -> list[Event]:
        """Take the next bytes; give the events that are complete by now."""
        self._held += chunk
        found, start = [], 0
        for end in BLANK.finditer(self._held):
            found.append(_event(bytes(self._held[start : end.end()])))
            start = end.end()
        del self._held[:start]
        if len(self._held) > MAX_EVENT_BYTES:
            self._held.clear()
            self.given_up += 1
        return found

    def end(self) -> list[Event]:
        """Give the last event, which some servers send without the empty line behind it."""
        rest, self._held = bytes(self._held), bytearray()
        return [_event(rest)] if rest.strip() else []


def _event(raw: bytes) -> Event:
    lines = LINE.split(raw.removeprefix(BOM))
    data = [line[5:].removeprefix(b" ") for line in lines if line.startswith(b"data:")]
    return Event(raw, b"\n".join(data))


class Stream(Protocol):
    """Gathers the events of a streamed answer; see `upspiral.wire`."""

    done: bool
    """Did the stream say that it is complete?"""

    def take(self, event: Mapping[str, Any]) -> None:
        """Take one event."""

    def reply(self) -> Reply:
        """Give the answer so far."""


class EventReader:
    r"""Reads a stream as its bytes pass by; nothing that comes makes it raise.

    >>> from upspiral.wire.openai_chat import ChatStream
    >>> heard = EventReader(ChatStream)
    >>> heard.feed(b'data: {"choices":[{"delta":{"content":"It is "}}]}\n\nda')
    >>> heard.feed(b'ta: {"choices":[{"delta":{"content":"on its way."},"finish_reason":"stop"}]}\n\n')
    >>> heard.feed(b"data: [DONE]\n\n")
    >>> heard.reply().text, heard.reply().finish_reason, heard.done
    ('It is on its way.', 'stop', True)
    """

    def __init__(self, stream: Callable[[], Stream]) -> None:
        self.garbage = 0
        """What came and is no event."""
        self._stream = stream()
        self._events = EventSplitter()
        self._error: str | None = None
        self._begun = False

    @property
    def done(self) -> bool:
        """Did the stream say that it is complete?"""
        return self._stream.done

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes, cut wherever the network cut them."""
        self.hear(self._events.feed(chunk))

    def hear(self, events: list[Event]) -> None:
        """Take events."""
        for event in events:
            self._read(event)

    def reply(self) -> Reply:
        """Give the answer so far, with what came without an end."""
        self.hear(self._events.end())
        told = self._stream.reply()
        return msgspec.structs.replace(told, error=self._error) if self._error else told

    def _read(self, event: Event) -> None:
        data = event.data.strip()
        if data == b"[DONE]":
            self._stream.done = True
        elif data:
            self._take(data)
        elif not self._begun and event.raw.lstrip()[:1] == b"{":  # an error sent as JSON instead of a stream
            self._take(event.raw.strip())
        else:
            self.garbage += event.raw.strip() != b"" and not event.raw.lstrip().startswith(COMMENTS)

    def _take(self, data: bytes) -> None:
        try:
            event = decode_json(data, type=dict[str, Any])
            self._begun = True
            self._stream.take(event)
        except (msgspec.DecodeError, AttributeError, TypeError, ValueError, UnicodeDecodeError):
            self.garbage += 1
            return
        self._error = read_error(event.get("error")) or self._error


COMMENTS = (b":", b"event:", b"id:", b"retry:")
"""How a line begins that is part of the standard and carries no data."""


async def without_usage(pieces: AsyncIterator[bytes], heard: EventReader) -> AsyncIterator[bytes]:
    """Pass a chat stream on without the last count of tokens, for which its caller did not ask.

    Args:
        pieces: The stream as it comes.
        heard: Hears all of it, the count included.
    """
    splitter = EventSplitter()
    async for piece in pieces:
        events = splitter.feed(piece)
        heard.hear(events)
        if kept := b"".join(event.raw for event in events if not _is_count(event.data)):
            yield kept
    rest = splitter.end()
    heard.hear(rest)
    if kept := b"".join(event.raw for event in rest if not _is_count(event.data)):
        yield kept


def _is_count(data: bytes) -> bool:
    """Say whether an event only counts tokens.

    >>> _is_count(b'{"choices": [], "usage": {"prompt_tokens": 3}}')
    True
    """
    if b'"usage"' not in data:
        return False
    try:
        said = decode_json(data, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return said.get("choices") == [] and bool(said.get("usage"))
