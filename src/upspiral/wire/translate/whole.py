"""How does a whole answer look as a stream of its own API? (pure)."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from upspiral.wire import anthropic, openai_chat, openai_responses
from upspiral.wire.plain import as_list
from upspiral.wire.reply import Reply
from upspiral.wire.translate.apis import Api
from upspiral.wire.translate.blocks import BlockSequencer
from upspiral.wire.translate.deltas import ChatDeltas, Delta, MessagesDeltas, ResponsesDeltas
from upspiral.wire.translate.events import encode_end, encode_events, make_writer
from upspiral.wire.translate.reply import ReplyHead

Body = dict[str, Any]
READERS: Mapping[Api, Callable[[Body], Reply]] = {
    "chat": openai_chat.read_reply,
    "responses": openai_responses.read_reply,
    "messages": anthropic.read_reply,
}
SHARED_FIELDS = ("role", "content", "refusal", "tool_calls")
"""Fields of a chat's message that other APIs have words for."""


def write_stream(body: Body, api: Api, *, counts: bool = False) -> bytes:
    """Write a whole answer as server-sent events.

    Args:
        body: The answer; of several choices the first is streamed.
        api: In whose words it is, and stays.
        counts: Does a caller of chat completions get the count of tokens, as `stream_options` asks?

    >>> write_stream({"id": "m", "content": [], "stop_reason": "end_turn"}, "messages").count(b"event: ")
    3
    """
    reply, writer, blocks = READERS[api](body), make_writer(api, counts=counts, whole=body), BlockSequencer()
    created = body.get("created") or body.get("created_at") or 0
    written = [encode_events(writer.begin(ReplyHead(reply.id, reply.model, created)), api)]
    for delta in _DELTA_READERS[api](body):
        written += [encode_events(writer.write(event), api) for event in blocks.take(delta)]
    written += [encode_events(writer.write(event), api) for event in blocks.end()]
    return b"".join(written) + encode_end(writer.end(reply), api)


def _read_chat(body: Body) -> Iterator[Delta]:
    choice: Body = next(iter(as_list(body.get("choices"))), {})
    message = choice.get("message") or {}
    own = {name: value for name, value in message.items() if name not in SHARED_FIELDS and value is not None}
    if own:
        yield Delta(key=("own",), kind="own", own=own)
    yield from ChatDeltas()({"choices": [{**choice, "index": 0}]})


def _read_responses(body: Body) -> Iterator[Delta]:
    read = ResponsesDeltas()
    for place, item in enumerate(as_list(body.get("output"))):
        if item.get("type") == "function_call":
            yield from read({"type": "response.output_item.done", "output_index": place, "item": item})
        elif item.get("type") == "message":
            for number, part in enumerate(as_list(item.get("content"))):
                kind = "refusal" if "refusal" in part else "output_text"
                where = {"output_index": place, "content_index": number}
                words = part.get("refusal") or part.get("text")
                yield from read({"type": f"response.{kind}.delta", **where, "delta": words})
        else:
            yield Delta(key=("own", place), kind="own", own=item)


def _read_messages(body: Body) -> Iterator[Delta]:
    read = MessagesDeltas()
    for place, block in enumerate(as_list(body.get("content"))):
        if block.get("type") in ("text", "tool_use"):
            yield from read({"index": place, "content_block": block})
        else:
            yield Delta(key=("own", place), kind="own", own=block)


_DELTA_READERS: Mapping[Api, Callable[[Body], Iterator[Delta]]] = {
    "chat": _read_chat,
    "responses": _read_responses,
    "messages": _read_messages,
}
