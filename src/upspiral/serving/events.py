"""How does a whole answer look as a stream? For callers who want one of several agents (pure)."""

from typing import Any

import msgspec

from upspiral.providers.dialects import CHAT, MESSAGES, Dialect
from upspiral.wire.translate.events import encode_events
from upspiral.wire.translate.stream import DONE

Event = dict[str, Any]


def as_stream(body: bytes, dialect: Dialect, *, counted: bool = False) -> bytes:
    """Write a whole answer as server-sent events: everything in one piece.

    Args:
        body: The answer as it came.
        dialect: In whose words.
        counted: Is a chat's caller to get the count of tokens, as `stream_options` asks?
    """
    said = msgspec.json.decode(body, type=Event)
    if dialect is CHAT:
        return encode_events(_chat(said, counted=counted), "chat") + DONE
    if dialect is MESSAGES:
        return encode_events(_messages(said), "messages")
    return encode_events(_responses(said), "responses")


def _chat(said: Event, *, counted: bool) -> list[Event]:
    kept: Event = {
        name: said[name] for name in ("id", "created", "model", "system_fingerprint") if name in said
    }
    head: Event = {**kept, "object": "chat.completion.chunk"}
    told: list[Event] = []
    for choice in said["choices"]:
        calls = choice["message"].get("tool_calls") or []
        delta: Event = {**choice["message"]}
        if calls:
            delta["tool_calls"] = [{"index": i, **call} for i, call in enumerate(calls)]
        whole: Event = {"index": choice.get("index", 0), "delta": delta}
        ended: Event = {**whole, "delta": {}, "finish_reason": choice.get("finish_reason")}
        told += [{**head, "choices": [{**whole, "finish_reason": None}]}, {**head, "choices": [ended]}]
    return [*told, {**head, "choices": [], "usage": said.get("usage")}] if counted else told


def _responses(said: Event) -> list[Event]:
    begun = {**said, "status": "in_progress", "output": [], "usage": None}
    told: list[Event] = [{"type": "response.created", "response": begun}]
    for i, item in enumerate(said["output"]):
        place = {"output_index": i}
        empty = {**item, "content": [], "status": "in_progress"} if item.get("type") == "message" else item
        told.append({"type": "response.output_item.added", **place, "item": empty})
        parts = item.get("content") or [] if item.get("type") == "message" else []
        for number, part in enumerate(parts):
            where = {**place, "item_id": item.get("id"), "content_index": number}
            nothing = {**part, "text": ""} if "text" in part else part
            told.append({"type": "response.content_part.added", **where, "part": nothing})
            if "text" in part:
                told.append(
                    {"type": "response.output_text.delta", **where, "delta": part["text"], "logprobs": []}
                )
                told.append(
                    {"type": "response.output_text.done", **where, "text": part["text"], "logprobs": []}
                )
            told.append({"type": "response.content_part.done", **where, "part": part})
        told.append({"type": "response.output_item.done", **place, "item": item})
    told.append({"type": f"response.{said.get('status') or 'completed'}", "response": said})
    return [{**event, "sequence_number": i} for i, event in enumerate(told)]


def _messages(said: Event) -> list[Event]:
    begun = {**said, "content": [], "stop_reason": None}
    told: list[Event] = [{"type": "message_start", "message": begun}]
    for i, block in enumerate(said["content"]):
        is_tool = block.get("type") == "tool_use"
        empty, delta = {**block, "text": ""}, {"type": "text_delta", "text": block.get("text", "")}
        if is_tool:
            written = msgspec.json.encode(block.get("input") or {}).decode()
            empty, delta = {**block, "input": {}}, {"type": "input_json_delta", "partial_json": written}
        told += [
            {"type": "content_block_start", "index": i, "content_block": empty},
            {"type": "content_block_delta", "index": i, "delta": delta},
            {"type": "content_block_stop", "index": i},
        ]
    ending = {"stop_reason": said.get("stop_reason"), "stop_sequence": said.get("stop_sequence")}
    return [
        *told,
        {"type": "message_delta", "delta": ending, "usage": said.get("usage")},
        {"type": "message_stop"},
    ]
