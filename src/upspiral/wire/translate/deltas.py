"""What does each event of a host's stream add to the answer, in no API's words? (pure)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from upspiral.domain.message import TextPart
from upspiral.wire.openai_chat import CallJoiner
from upspiral.wire.parts import read_content
from upspiral.wire.plain import as_list, text_or_none, to_json
from upspiral.wire.reply import Reply, word
from upspiral.wire.text import answer_text
from upspiral.wire.translate.apis import Api

BlockKind = Literal["text", "refusal", "call", "own"]
"""Words, a refusal, a call of a tool, or a block that only the API itself has words for."""
Fields = Mapping[str, Any]


class Delta(Struct, frozen=True, kw_only=True):
    """A piece of words, of a refusal or of a call; or a whole block of the API's own."""

    key: tuple[Any, ...]
    """The same for all pieces of one block."""
    kind: BlockKind
    text: str = ""
    id: str = ""
    """Of a call, in its first piece."""
    name: str = ""
    """Of a call, in its first piece."""
    own: Fields | None = None
    """The block as it stands, where it is the API's own: such as a thought with its signature."""


DeltaReader = Callable[[Fields], Iterator[Delta]]


class ChatDeltas:
    """Reads the chunks of chat completions.

    >>> [one.text for one in ChatDeltas()({"choices": [{"delta": {"content": "Hi"}}]})]
    ['Hi']
    """

    def __init__(self) -> None:
        self._calls = CallJoiner()

    def __call__(self, event: Fields) -> Iterator[Delta]:
        """Read one chunk; of several choices the first counts."""
        for choice in as_list(event.get("choices")):
            delta = (choice.get("delta") or choice.get("message")) if isinstance(choice, Mapping) else None
            if isinstance(delta, Mapping) and not choice.get("index"):
                yield from self._read(delta)

    def _read(self, delta: Fields) -> Iterator[Delta]:
        content = delta.get("content")
        told = read_content(content) if content is not None else ()
        if words := "".join(part.text for part in told if isinstance(part, TextPart)):
            yield Delta(key=("text",), kind="text", text=words)
        if refusal := word(delta.get("refusal")):
            yield Delta(key=("refusal",), kind="refusal", text=refusal)
        for piece in as_list(delta.get("tool_calls")):
            if isinstance(piece, Mapping):
                place, call = self._calls.take(piece)
                yield Delta(
                    key=("call", place), kind="call", text=call.arguments, id=call.id or "", name=call.name
                )


class ResponsesDeltas:
    """Reads the events of responses."""

    def __init__(self) -> None:
        self._told: set[tuple[Any, ...]] = set()

    def __call__(self, event: Fields) -> Iterator[Delta]:
        """Read one event."""
        kind, at, text = event.get("type"), event.get("output_index"), word(event.get("delta"))
        if kind in ("response.output_text.delta", "response.refusal.delta") and text:
            of: BlockKind = "text" if kind == "response.output_text.delta" else "refusal"
            yield Delta(key=(of, at, event.get("content_index")), kind=of, text=text)
        elif kind == "response.function_call_arguments.delta":
            self._told.add(("call", at))
            yield Delta(key=("call", at), kind="call", text=text)
        elif kind in ("response.output_item.added", "response.output_item.done"):
            yield from self._read_call(event.get("item"), at, is_done=kind.endswith("done"))

    def _read_call(self, item: Any, at: Any, *, is_done: bool) -> Iterator[Delta]:
        if isinstance(item, Mapping) and item.get("type") == "function_call":
            key = ("call", at)
            text = to_json(item.get("arguments")) if is_done and key not in self._told else ""
            call = text_or_none(item.get("call_id") or item.get("id")) or ""
            yield Delta(key=key, kind="call", text=text, id=call, name=word(item.get("name")))


class MessagesDeltas:
    """Reads the events of messages."""

    def __call__(self, event: Fields) -> Iterator[Delta]:
        """Read one event."""
        at, block, delta = event.get("index"), event.get("content_block"), event.get("delta")
        if isinstance(block, Mapping) and block.get("type") == "tool_use":
            given = to_json(block["input"]) if block.get("input") else ""
            call, name = word(block.get("id")), word(block.get("name"))
            yield Delta(key=("call", at), kind="call", text=given, id=call, name=name)
        elif isinstance(block, Mapping) and block.get("type") == "text" and block.get("text"):
            yield Delta(key=("text", at), kind="text", text=word(block["text"]))
        elif isinstance(delta, Mapping) and delta.get("type") == "input_json_delta":
            yield Delta(key=("call", at), kind="call", text=word(delta.get("partial_json")))
        elif isinstance(delta, Mapping) and delta.get("type") == "text_delta" and delta.get("text"):
            yield Delta(key=("text", at), kind="text", text=word(delta["text"]))


DELTAS: dict[Api, Callable[[], DeltaReader]] = {
    "chat": ChatDeltas,
    "responses": ResponsesDeltas,
    "messages": MessagesDeltas,
}
"""Gives the reader of a stream of each API."""


def read_whole(reply: Reply) -> Iterator[Delta]:
    """Read an answer that came in one piece at the end of its stream."""
    kind: BlockKind = "refusal" if reply.refused else "text"
    if words := answer_text(reply.parts):
        yield Delta(key=("whole",), kind=kind, text=words)
    for place, call in enumerate(reply.tool_calls):
        key = ("whole", place)
        yield Delta(key=key, kind="call", text=call.arguments, id=call.id or "", name=call.name)
