"""What do providers answer, in each API? The shapes of their documentation, with made-up content."""

import json
from collections.abc import AsyncIterator
from typing import Any

Body = dict[str, Any]
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


def find_question(path: str, body: Body) -> str:
    """Give what was asked last."""
    if path.endswith("/embeddings"):
        return str(body["input"])
    given = body.get("messages") or body["input"]
    return given if isinstance(given, str) else str(given[-1]["content"])


def whole(path: str, said: str, body: Body) -> Body:
    """Answer as a whole."""
    return _SHAPES[path.rsplit("/", 1)[-1]](said, body)


def events(path: str, said: str, body: Body) -> AsyncIterator[str]:
    """Answer as a stream."""
    kinds = {"completions": _chat_events, "responses": _response_events, "messages": _message_events}
    return kinds[path.rsplit("/", 1)[-1]](said, body)


def _chat(said: str, body: Body) -> Body:
    message: Body = {"role": "assistant", "content": said}
    if body.get("tools"):
        function = {"name": body["tools"][0]["function"]["name"], "arguments": '{"order": 7}'}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    return {
        "id": "chatcmpl-fake",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": USAGE,
        "system_fingerprint": "fp_fake",
    }


def _response(said: str, body: Body) -> Body:
    content = [{"type": "output_text", "text": said, "annotations": []}]
    return {
        "id": "resp_fake",
        "object": "response",
        "created_at": 0,
        "status": "completed",
        "model": body["model"],
        "output": [
            {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": content}
        ],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 7,
            "output_tokens": 3,
            "total_tokens": 10,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens_details": {"reasoning_tokens": 0},
        },
    }


def _message(said: str, body: Body) -> Body:
    return {
        "id": "msg_fake",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": said}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 3},
    }


def _embeddings(_said: str, body: Body) -> Body:
    given = body["input"]
    count = 1 if isinstance(given, str) else len(given)
    data = [{"object": "embedding", "index": n, "embedding": [0.0, 1.0]} for n in range(count)]
    usage = {"prompt_tokens": 7, "total_tokens": 7}
    return {"object": "list", "model": body["model"], "data": data, "usage": usage}


_SHAPES = {
    "completions": _chat,
    "responses": _response,
    "messages": _message,
    "embeddings": _embeddings,
}


async def _chat_events(said: str, body: Body) -> AsyncIterator[str]:
    head = {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 0, "model": body["model"]}
    for word in said.split(" "):
        choice = {"index": 0, "delta": {"content": f"{word} "}, "finish_reason": None}
        yield f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"
    last = {"index": 0, "delta": {}, "finish_reason": "stop"}
    yield f"data: {json.dumps({**head, 'choices': [last]})}\n\n"
    if (body.get("stream_options") or {}).get("include_usage"):
        yield f"data: {json.dumps({**head, 'choices': [], 'usage': USAGE})}\n\n"
    yield "data: [DONE]\n\n"


async def _response_events(said: str, body: Body) -> AsyncIterator[str]:
    done = _response(said, body)
    begun = {**done, "status": "in_progress", "output": [], "usage": None}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    told: list[Body] = [{"type": "response.created", "response": begun}]
    told += [{"type": "response.output_text.delta", **place, "delta": f"{word} "} for word in said.split(" ")]
    told += [{"type": "response.completed", "response": done}]
    for number, event in enumerate(told):
        yield f"event: {event['type']}\ndata: {json.dumps({**event, 'sequence_number': number})}\n\n"


async def _message_events(said: str, body: Body) -> AsyncIterator[str]:
    empty = {**_message("", body), "content": [], "stop_reason": None}
    told: list[Body] = [
        {"type": "message_start", "message": {**empty, "usage": {"input_tokens": 7, "output_tokens": 1}}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    ]
    told += [
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": f"{word} "}}
        for word in said.split(" ")
    ]
    ending = {"stop_reason": "end_turn", "stop_sequence": None}
    told += [
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": ending, "usage": {"output_tokens": 3}},
        {"type": "message_stop"},
    ]
    for event in told:
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
