"""How is a stream written in the words of the caller's API? (pure)."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import msgspec

from upspiral.wire.reply import Reply
from upspiral.wire.translate.apis import Api
from upspiral.wire.translate.blocks import Block, BlockEvent
from upspiral.wire.translate.reply import (
    ReplyHead,
    begin_message,
    begin_response,
    write_call_item,
    write_chat_end,
    write_chat_usage,
    write_message_item,
    write_messages_end,
    write_messages_usage,
    write_output_part,
    write_response,
)

Event = dict[str, Any]
DONE = b"data: [DONE]\n\n"
"""Ends a stream of chat completions."""
CHUNK_FIELDS = ("created", "model", "system_fingerprint", "service_tier")
"""Fields of a whole chat completion that each of its chunks has too."""


class StreamWriter(Protocol):
    """Writes the events of one answer."""

    def begin(self, head: ReplyHead) -> list[Event]:
        """Write what stands before the answer."""

    def write(self, event: BlockEvent) -> list[Event]:
        """Write that a block begins, goes on or ends."""

    def end(self, reply: Reply) -> list[Event]:
        """Write what stands after the answer."""


class ChatWriter:
    """Writes chunks of chat completions.

    Args:
        counts: Did the caller ask for the count of tokens?
        whole: The answer, where it is in the same words and there already.
    """

    def __init__(self, *, counts: bool = False, whole: Event | None = None) -> None:
        self._counts, self._calls, self._whole = counts, 0, whole or {}
        self._head: Event = {}

    def begin(self, head: ReplyHead) -> list[Event]:
        """See `StreamWriter`."""
        top = {"id": head.id, "object": "chat.completion.chunk"}
        known = {name: self._whole[name] for name in CHUNK_FIELDS if name in self._whole}
        self._head = {**top, "created": head.created, "model": head.model, **known}
        return [self._chunk({"role": "assistant", "content": ""})]

    def write(self, event: BlockEvent) -> list[Event]:
        """See `StreamWriter`."""
        block = event.block
        if block.kind == "own":
            return [self._chunk({**(block.own or {})})] if event.what == "begin" else []
        if block.kind != "call":
            name = "content" if block.kind == "text" else "refusal"
            return [self._chunk({name: event.text})] if event.what == "more" else []
        if event.what == "begin":
            self._calls += 1
            function = {"name": block.name, "arguments": ""}
            call = {"index": self._calls - 1, "id": block.id, "type": "function", "function": function}
            return [self._chunk({"tool_calls": [call]})]
        more = {"index": self._calls - 1, "function": {"arguments": event.text}}
        return [self._chunk({"tool_calls": [more]})] if event.what == "more" else []

    def end(self, reply: Reply) -> list[Event]:
        """See `StreamWriter`."""
        ended = [self._chunk({}, write_chat_end(reply))]
        usage = self._whole.get("usage") or write_chat_usage(reply.usage)
        count: Event = {**self._head, "choices": [], "usage": usage}
        return [*ended, count] if self._counts and usage else ended

    def _chunk(self, delta: Event, finish: str | None = None) -> Event:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._head, "choices": [choice]}


class ResponsesWriter:
    """Writes events of responses.

    Args:
        whole: The response, where it is in the same words and there already.
    """

    def __init__(self, *, whole: Event | None = None) -> None:
        self._head, self._whole = ReplyHead("", "", 0), whole
        self._output: list[Event] = []
        self._sent = 0

    def begin(self, head: ReplyHead) -> list[Event]:
        """See `StreamWriter`."""
        self._head = head
        names = ("response.created", "response.in_progress")
        nothing = begin_response(head)
        begun = {**(self._whole or {}), **{name: nothing[name] for name in ("status", "output", "usage")}}
        begun = begun if self._whole else nothing
        return self._number({"type": name, "response": begun} for name in names)

    def write(self, event: BlockEvent) -> list[Event]:
        """See `StreamWriter`."""
        if event.block.kind == "own":
            return self._number(self._write_own(event))
        write = self._write_call if event.block.kind == "call" else self._write_words
        return self._number(write(event))

    def _write_own(self, event: BlockEvent) -> list[Event]:
        item = {**(event.block.own or {})}
        if event.what == "end":
            self._output.append(item)
        return [_tell_item("added" if event.what == "begin" else "done", event.block, item)]

    def _write_call(self, event: BlockEvent) -> list[Event]:
        block, item = event.block, self._item(event.block)
        place = {"output_index": block.place, "item_id": f"fc_{item}"}
        if event.what == "more":
            return [{"type": "response.function_call_arguments.delta", **place, "delta": event.text}]
        status = "in_progress" if event.what == "begin" else "completed"
        written = write_call_item(item, block.id, block.name, block.text, status=status)
        if event.what == "begin":
            return [_tell_item("added", block, written)]
        self._output.append(written)
        done = {"type": "response.function_call_arguments.done", **place, "name": block.name}
        return [{**done, "arguments": block.text}, _tell_item("done", block, written)]

    def _write_words(self, event: BlockEvent) -> list[Event]:
        block, item = event.block, self._item(event.block)
        place: Event = {"output_index": block.place, "item_id": f"msg_{item}", "content_index": 0}
        is_text = block.kind == "text"
        more: Event = {"logprobs": []} if is_text else {}
        kind = "output_text" if is_text else "refusal"
        if event.what == "more":
            return [{"type": f"response.{kind}.delta", **place, **more, "delta": event.text}]
        part = write_output_part(block.kind, block.text)
        if event.what == "begin":
            empty = write_message_item(item, [], "in_progress")
            added = {"type": "response.content_part.added", **place, "part": part}
            return [_tell_item("added", block, empty), added]
        self._output.append(write_message_item(item, [part]))
        said = {"text" if is_text else "refusal": block.text}
        return [
            {"type": f"response.{kind}.done", **place, **more, **said},
            {"type": "response.content_part.done", **place, "part": part},
            _tell_item("done", block, self._output[-1]),
        ]

    def end(self, reply: Reply) -> list[Event]:
        """See `StreamWriter`."""
        whole = self._whole or write_response(reply, self._head, self._output)
        return self._number([{"type": f"response.{whole.get('status') or 'completed'}", "response": whole}])

    def _item(self, block: Block) -> str:
        return f"{block.place}_{self._head.id}"

    def _number(self, events: Iterable[Event]) -> list[Event]:
        numbered = [{**event, "sequence_number": self._sent + i} for i, event in enumerate(events)]
        self._sent += len(numbered)
        return numbered


def _tell_item(what: str, block: Block, item: Event) -> Event:
    return {"type": f"response.output_item.{what}", "output_index": block.place, "item": item}


class MessagesWriter:
    """Writes events of messages.

    Args:
        whole: The message, where it is in the same words and there already.
    """

    def __init__(self, *, whole: Event | None = None) -> None:
        self._whole = whole

    def begin(self, head: ReplyHead) -> list[Event]:
        """See `StreamWriter`."""
        begun = {**self._whole, "content": [], "stop_reason": None} if self._whole else begin_message(head)
        return [{"type": "message_start", "message": begun}]

    def write(self, event: BlockEvent) -> list[Event]:
        """See `StreamWriter`."""
        block, place = event.block, {"index": event.block.place}
        is_call = block.kind == "call"
        if event.what == "begin":
            call = {"type": "tool_use", "id": block.id, "name": block.name, "input": {}}
            empty = call if is_call else {"type": "text", "text": ""}
            return [{"type": "content_block_start", **place, "content_block": block.own or empty}]
        if event.what == "more":
            words = {"type": "text_delta", "text": event.text}
            delta = {"type": "input_json_delta", "partial_json": event.text} if is_call else words
            return [{"type": "content_block_delta", **place, "delta": delta}]
        return [{"type": "content_block_stop", **place}]

    def end(self, reply: Reply) -> list[Event]:
        """See `StreamWriter`."""
        ending = {"stop_reason": write_messages_end(reply), "stop_sequence": None}
        usage = write_messages_usage(reply.usage)
        if self._whole:
            ending = {name: self._whole.get(name) for name in ending}
            usage = self._whole.get("usage") or usage
        return [{"type": "message_delta", "delta": ending, "usage": usage}, {"type": "message_stop"}]


def make_writer(target: Api, *, counts: bool = False, whole: Event | None = None) -> StreamWriter:
    """Make the writer of a stream.

    Args:
        target: In whose words.
        counts: Does a caller of chat completions get the count of tokens?
        whole: The answer, where it is in the same words and there already: what has no other place in the
            events is taken from it.
    """
    made: dict[Api, Callable[[], StreamWriter]] = {
        "chat": lambda: ChatWriter(counts=counts, whole=whole),
        "responses": lambda: ResponsesWriter(whole=whole),
        "messages": lambda: MessagesWriter(whole=whole),
    }
    return made[target]()


def encode_events(events: Iterable[Event], target: Api) -> bytes:
    r"""Write events as server-sent events.

    >>> encode_events([{"type": "message_stop"}], "messages")
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    """
    named = target != "chat"
    return b"".join(
        (f"event: {one['type']}\n".encode() if named else b"")
        + b"data: "
        + msgspec.json.encode(one)
        + b"\n\n"
        for one in events
    )


def encode_end(events: Iterable[Event], target: Api) -> bytes:
    r"""Write the last events of a stream, and what ends it.

    >>> encode_end([], "chat"), encode_end([], "messages")
    (b'data: [DONE]\n\n', b'')
    """
    return encode_events(events, target) + (DONE if target == "chat" else b"")
