"""One answer as the hosts of each API send it, whole and as a stream, as their documentation shows it."""

import json
from typing import Any, NamedTuple

Event = dict[str, Any]


class Said(NamedTuple):
    """What a model says."""

    words: tuple[str, ...] = ()
    """In the pieces of a stream."""
    calls: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    """Id, name, and the pieces of the arguments."""
    refusal: str = ""
    end: str = "stop"
    """`stop`, `length`, `calls` or `refusal`."""


INPUT, CACHED, OUTPUT = 30, 20, 5
"""Tokens that every answer counts."""


def whole(api: str, said: Said) -> Event:
    """Write a whole answer."""
    return {"chat": _chat, "responses": _responses, "messages": _messages}[api](said)


def stream(api: str, said: Said) -> list[bytes]:
    """Write the events of a streamed answer."""
    events = {"chat": _chat_events, "responses": _responses_events, "messages": _messages_events}[api](said)
    written = [_encode(one, named=api != "chat") for one in events]
    return [*written, b"data: [DONE]\n\n"] if api == "chat" else written


def error_event(api: str) -> bytes:
    """Write an error as it comes in the middle of a stream."""
    told: Event = {"message": "The engine is overloaded.", "type": "server_error"}
    if api == "chat":
        return _encode({"error": told})
    if api == "messages":
        return _encode({"type": "error", "error": told}, named=True)
    return _encode({"type": "error", "code": told["type"], "message": told["message"], "param": None})


def _encode(event: Event, *, named: bool = False) -> bytes:
    head = f"event: {event['type']}\n" if named else ""
    return f"{head}data: {json.dumps(event)}\n\n".encode()


CHAT_ENDS = {"stop": "stop", "length": "length", "calls": "tool_calls", "refusal": "stop"}
CHAT_USAGE: Event = {
    "prompt_tokens": INPUT,
    "completion_tokens": OUTPUT,
    "total_tokens": INPUT + OUTPUT,
    "prompt_tokens_details": {"cached_tokens": CACHED, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 2},
}


def _chat_call(ident: str, name: str, arguments: str) -> Event:
    return {"id": ident, "type": "function", "function": {"name": name, "arguments": arguments}}


def _chat(said: Said) -> Event:
    message: Event = {"role": "assistant", "content": "".join(said.words) or None}
    message["refusal"] = said.refusal or None
    if said.calls:
        message["tool_calls"] = [_chat_call(i, name, "".join(pieces)) for i, name, pieces in said.calls]
    choice: Event = {"index": 0, "message": message, "logprobs": None, "finish_reason": CHAT_ENDS[said.end]}
    head: Event = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": "m-2026",
    }
    return {**head, "choices": [choice], "usage": CHAT_USAGE}


def _chat_events(said: Said) -> list[Event]:
    deltas: list[Event] = [{"role": "assistant", "content": "", "refusal": None}]
    deltas += [{"content": piece} for piece in said.words]
    deltas += [{"refusal": said.refusal}] if said.refusal else []
    for place, (ident, name, pieces) in enumerate(said.calls):
        deltas.append({"tool_calls": [{"index": place, **_chat_call(ident, name, "")}]})
        deltas += [{"tool_calls": [{"index": place, "function": {"arguments": one}}]} for one in pieces]
    head: Event = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m-2026"}
    choices: list[Event] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": CHAT_ENDS[said.end]})
    chunks = [head | {"choices": [choice], "usage": None} for choice in choices]
    ending = head | {"choices": [], "usage": CHAT_USAGE}
    return [*chunks, ending]


RESPONSES_USAGE = {
    "input_tokens": INPUT,
    "input_tokens_details": {"cached_tokens": CACHED},
    "output_tokens": OUTPUT,
    "output_tokens_details": {"reasoning_tokens": 2},
    "total_tokens": INPUT + OUTPUT,
}


def _items(said: Said) -> list[Event]:
    items: list[Event] = []
    if said.words or said.refusal:
        words = {"type": "output_text", "text": "".join(said.words), "annotations": [], "logprobs": []}
        part = words if said.words else {"type": "refusal", "refusal": said.refusal}
        message = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant"}
        items.append({**message, "content": [part]})
    for ident, name, pieces in said.calls:
        call = {"type": "function_call", "id": f"fc_{ident}", "call_id": ident, "status": "completed"}
        items.append({**call, "name": name, "arguments": "".join(pieces)})
    return items


def _responses(said: Said) -> Event:
    cut = said.end == "length"
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_700_000_000,
        "model": "m-2026",
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "error": None,
        "output": [{"type": "reasoning", "id": "rs_1", "summary": []}, *_items(said)],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": RESPONSES_USAGE,
    }


def _responses_events(said: Said) -> list[Event]:
    final = _responses(said)
    begun = {**final, "status": "in_progress", "output": [], "usage": None, "incomplete_details": None}
    events: list[Event] = [{"type": "response.created", "response": begun}]
    events.append({"type": "response.in_progress", "response": begun})
    for place, item in enumerate(final["output"]):
        at = {"output_index": place, "item_id": item["id"]}
        empty = {**item, "content": []} if item["type"] == "message" else {**item, "arguments": ""}
        empty = item if item["type"] == "reasoning" else {**empty, "status": "in_progress"}
        events.append({"type": "response.output_item.added", "output_index": place, "item": empty})
        if item["type"] == "message":
            events += _part_events(said, item["content"][0], {**at, "content_index": 0})
        elif item["type"] == "function_call":
            pieces = next(pieces for ident, _, pieces in said.calls if ident == item["call_id"])
            name = "response.function_call_arguments"
            events += [{"type": f"{name}.delta", **at, "delta": piece} for piece in pieces]
            events.append({"type": f"{name}.done", **at, "arguments": item["arguments"]})
        events.append({"type": "response.output_item.done", "output_index": place, "item": item})
    events.append({"type": f"response.{final['status']}", "response": final})
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


def _part_events(said: Said, part: Event, at: Event) -> list[Event]:
    name = "output_text" if said.words else "refusal"
    key = "text" if said.words else "refusal"
    added = {"type": "response.content_part.added", **at, "part": {**part, key: ""}}
    deltas = [
        {"type": f"response.{name}.delta", **at, "delta": piece} for piece in said.words or (said.refusal,)
    ]
    done = {"type": f"response.{name}.done", **at, key: part[key]}
    return [added, *deltas, done, {"type": "response.content_part.done", **at, "part": part}]


MESSAGES_ENDS = {"stop": "end_turn", "length": "max_tokens", "calls": "tool_use", "refusal": "refusal"}
MESSAGES_INPUT = {
    "input_tokens": INPUT - CACHED,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": CACHED,
}


def _messages(said: Said) -> Event:
    words = "".join(said.words) or said.refusal
    content: list[Event] = [{"type": "text", "text": words}] if words else []
    for ident, name, pieces in said.calls:
        given = json.loads("".join(pieces))
        content.append({"type": "tool_use", "id": ident, "name": name, "input": given})
    head = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m-2026", "content": content}
    ending = {"stop_reason": MESSAGES_ENDS[said.end], "stop_sequence": None}
    return {**head, **ending, "usage": {**MESSAGES_INPUT, "output_tokens": OUTPUT}}


def _messages_events(said: Said) -> list[Event]:
    final = _messages(said)
    begun = {**final, "content": [], "stop_reason": None, "usage": {**MESSAGES_INPUT, "output_tokens": 1}}
    events: list[Event] = [{"type": "message_start", "message": begun}, {"type": "ping"}]
    pieces = [said.words or (said.refusal,)] if said.words or said.refusal else []
    pieces += [call[2] for call in said.calls]
    for place, (block, told) in enumerate(zip(final["content"], pieces, strict=True)):
        is_text = block["type"] == "text"
        empty = {**block, **({"text": ""} if is_text else {"input": {}})}
        events.append({"type": "content_block_start", "index": place, "content_block": empty})
        for piece in told:
            words = {"type": "text_delta", "text": piece}
            delta = words if is_text else {"type": "input_json_delta", "partial_json": piece}
            events.append({"type": "content_block_delta", "index": place, "delta": delta})
        events.append({"type": "content_block_stop", "index": place})
    ending = {"stop_reason": final["stop_reason"], "stop_sequence": None}
    events.append({"type": "message_delta", "delta": ending, "usage": {"output_tokens": OUTPUT}})
    return [*events, {"type": "message_stop"}]
