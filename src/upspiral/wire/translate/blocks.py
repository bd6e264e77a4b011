"""In which order are the pieces of an answer told? One block after the other (pure).

Messages and responses tell one block to its end before the next begins. Most hosts do so too; some mix the
pieces of several calls. A block is at its end when another begins and it is no call whose arguments are still
open; until then the pieces of the others wait.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from upspiral.wire.translate.deltas import BlockKind, Delta


class Block(Struct, kw_only=True):
    """Words, a refusal, a call of a tool or what only the API itself knows: in turn they are the answer."""

    kind: BlockKind
    place: int = -1
    """Its place among the blocks; -1 until it is told."""
    id: str = ""
    name: str = ""
    text: str = ""
    """What was told of it."""
    waiting: str = ""
    """What was not told yet."""
    own: Mapping[str, Any] | None = None
    """The whole block, where it is the API's own."""

    @property
    def is_whole(self) -> bool:
        """May the next one begin?"""
        if self.kind != "call":
            return True
        try:
            msgspec.json.decode(self.text)
        except msgspec.DecodeError:
            return False
        return True


class BlockEvent(Struct, frozen=True):
    """A block begins, goes on or ends."""

    what: Literal["begin", "more", "end"]
    block: Block
    text: str = ""


class BlockSequencer:
    """Puts pieces into an order in which one block ends before the next begins.

    >>> told = BlockSequencer()
    >>> [one.what for one in told.take(Delta(key=(0,), kind="text", text="Hi"))]
    ['begin', 'more']
    >>> [one.what for one in told.take(Delta(key=(1,), kind="call", name="f"))]
    ['end', 'begin']
    """

    def __init__(self) -> None:
        self._open: list[Block] = []
        self._latest: dict[tuple[object, ...], Block] = {}
        self._count = 0

    @property
    def is_empty(self) -> bool:
        """Was nothing told?"""
        return not self._count and not self._open

    def take(self, delta: Delta) -> list[BlockEvent]:
        """Take a piece; give what may be told by now."""
        block = self._latest.get(delta.key)
        if block is None or (delta.kind != "call" and block not in self._open):
            block = Block(kind=delta.kind, own=delta.own)
            self._latest[delta.key] = block
            self._open.append(block)
        block.id, block.name = block.id or delta.id, block.name or delta.name
        block.waiting += delta.text
        return self._advance()

    def end(self) -> list[BlockEvent]:
        """Give all that was not told yet."""
        return self._advance(is_end=True)

    def _advance(self, *, is_end: bool = False) -> list[BlockEvent]:
        told: list[BlockEvent] = []
        while self._open:
            block = self._open[0]
            if block.place < 0:
                if block.kind == "call" and not block.name and not is_end:
                    break
                block.place, self._count = self._count, self._count + 1
                told.append(BlockEvent("begin", block))
            if block.waiting:
                told.append(BlockEvent("more", block, block.waiting))
                block.text, block.waiting = block.text + block.waiting, ""
            if not is_end and (len(self._open) == 1 or not block.is_whole):
                break
            told.append(BlockEvent("end", self._open.pop(0)))
        return told
