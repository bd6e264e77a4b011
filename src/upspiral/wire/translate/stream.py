"""How does a host's stream become a stream of the caller's API, piece by piece? (pure)."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from upspiral.wire.reply import Reply
from upspiral.wire.translate.apis import Api
from upspiral.wire.translate.blocks import BlockEvent, BlockSequencer
from upspiral.wire.translate.deltas import DELTAS, Delta, read_whole
from upspiral.wire.translate.events import encode_end, encode_events, make_writer
from upspiral.wire.translate.reply import ReplyHead


class HostStream(Protocol):
    """Gathers what the host says; see `upspiral.wire`."""

    done: bool

    def take(self, event: Mapping[str, Any]) -> None:
        """Take one event."""

    def reply(self) -> Reply:
        """Give the answer so far."""


class StreamTranslator:
    """Gathers a host's stream, and writes what comes as a stream of another API.

    Args:
        heard: Gathers it.
        host: The API of the host.
        caller: The API of the caller.
        head: What stands in the answer where the host says nothing.
        counts: Does a caller of chat completions get the count of tokens?
    """

    def __init__(
        self, heard: HostStream, host: Api, caller: Api, *, head: ReplyHead, counts: bool = False
    ) -> None:
        self._heard, self._deltas, self._caller = heard, DELTAS[host](), caller
        self._writer, self._head = make_writer(caller, counts=counts), head
        self._blocks = BlockSequencer()
        self._begun = False
        self._written: list[bytes] = []

    @property
    def done(self) -> bool:
        """Did the stream say that it is complete?"""
        return self._heard.done

    @done.setter
    def done(self, value: bool) -> None:
        self._heard.done = value

    def take(self, event: Mapping[str, Any]) -> None:
        """Take one event of the host."""
        self._heard.take(event)
        if event.get("error") or event.get("type") in ("error", "ping"):
            return
        self._begin()
        for delta in self._deltas(event):
            self._write(self._blocks.take(delta))

    def reply(self) -> Reply:
        """Give the answer so far."""
        return self._heard.reply()

    def drain(self) -> bytes:
        """Give what was written since the last time."""
        written, self._written = b"".join(self._written), []
        return written

    def end(self, reply: Reply) -> bytes:
        """Give the end of a stream whose host said that it is complete."""
        self._begin()
        rest: Iterable[Delta] = read_whole(reply) if self._blocks.is_empty else ()
        for delta in rest:
            self._write(self._blocks.take(delta))
        self._write(self._blocks.end())
        self._written.append(encode_end(self._writer.end(reply), self._caller))
        return self.drain()

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            head = self._head.complete(self._heard.reply())
            self._written.append(encode_events(self._writer.begin(head), self._caller))

    def _write(self, events: Iterable[BlockEvent]) -> None:
        for event in events:
            self._written.append(encode_events(self._writer.write(event), self._caller))
