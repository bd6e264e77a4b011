"""What does the played model's host answer? A call of the tool, then a sentence; in three APIs (pure)."""

import json
from collections.abc import Callable, Mapping
from typing import Any

ANSWER = "It is 7 degrees in Oslo."
CALL_ID, TOOL, ARGUMENTS = "call_1", "get_weather", {"city": "Oslo"}
INPUT_TOKENS, OUTPUT_TOKENS, CACHED_TOKENS = 20, 8, 4
Body = Mapping[str, Any]


def answer_chat(asked: Body) -> dict[str, Any]:
    """Answer as OpenAI's chat completions do."""
    done = asked["messages"][-1]["role"] == "tool" or not asked.get("tools")
    message: dict[str, Any] = {"role": "assistant", "content": ANSWER if done else None}
    if not done:
        called = {"name": TOOL, "arguments": json.dumps(ARGUMENTS)}
        message["tool_calls"] = [{"id": CALL_ID, "type": "function", "function": called}]
    return {
        "id": f"chatcmpl-{len(asked['messages'])}",
        "object": "chat.completion",
        "created": 1767614400,
        "model": "gpt-x-2026",
        "choices": [{"index": 0, "finish_reason": "stop" if done else "tool_calls", "message": message}],
        "usage": {
            "prompt_tokens": INPUT_TOKENS,
            "completion_tokens": OUTPUT_TOKENS,
            "total_tokens": INPUT_TOKENS + OUTPUT_TOKENS,
            "prompt_tokens_details": {"cached_tokens": CACHED_TOKENS},
        },
    }


def stream_chat(whole: Body) -> str:
    """Give an answer of chat completions as the events of a stream."""
    (choice,) = whole["choices"]
    message = dict(choice["message"])
    if "tool_calls" in message:
        message["tool_calls"] = [{"index": 0, **call} for call in message["tool_calls"]]
    first = {"index": 0, "delta": message, "finish_reason": None}
    last = {"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}
    base = {**whole, "object": "chat.completion.chunk", "usage": None}
    parts = [{**base, "choices": [first]}, {**base, "choices": [last]}]
    parts.append({**base, "choices": [], "usage": whole["usage"]})
    return "".join(f"data: {line}\n\n" for line in (*map(json.dumps, parts), "[DONE]"))


def answer_messages(asked: Body) -> dict[str, Any]:
    """Answer as Anthropic's messages do; what the cache gave is counted beside the input."""
    last = asked["messages"][-1]["content"]
    done = isinstance(last, list) and last[-1].get("type") == "tool_result"
    call = {"type": "tool_use", "id": CALL_ID, "name": TOOL, "input": ARGUMENTS}
    return {
        "id": f"msg_{len(asked['messages'])}",
        "type": "message",
        "role": "assistant",
        "model": "claude-x-2026",
        "content": [{"type": "text", "text": ANSWER} if done else call],
        "stop_reason": "end_turn" if done else "tool_use",
        "stop_sequence": None,
        "usage": {
            "input_tokens": INPUT_TOKENS - CACHED_TOKENS,
            "output_tokens": OUTPUT_TOKENS,
            "cache_read_input_tokens": CACHED_TOKENS,
            "cache_creation_input_tokens": 0,
        },
    }


def answer_gemini(asked: Body) -> dict[str, Any]:
    """Answer as Gemini's generateContent does."""
    done = any("functionResponse" in part for part in asked["contents"][-1]["parts"])
    call = {"functionCall": {"id": CALL_ID, "name": TOOL, "args": ARGUMENTS}}
    content = {"role": "model", "parts": [{"text": ANSWER} if done else call]}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {
            "promptTokenCount": INPUT_TOKENS,
            "candidatesTokenCount": OUTPUT_TOKENS,
            "totalTokenCount": INPUT_TOKENS + OUTPUT_TOKENS,
            "cachedContentTokenCount": CACHED_TOKENS,
        },
        "modelVersion": "gemini-x-2026",
        "responseId": f"response-{len(asked['contents'])}",
    }


def is_refused(path: str, asked: Body) -> bool:
    """Say whether a request is for the model that the host does not have."""
    return str(asked.get("model", path.partition(":generateContent")[0])).endswith("refused")


REFUSAL = {
    "type": "error",
    "error": {
        "type": "invalid_request_error",
        "message": "No such model.",
        "code": 400,
        "status": "INVALID_ARGUMENT",
    },
}
"""An answer of status 400 that all three APIs' clients read."""
APIS: Mapping[str, Callable[[Body], dict[str, Any]]] = {
    "/chat/completions": answer_chat,
    "/messages": answer_messages,
    ":generateContent": answer_gemini,
}
"""By how the path ends."""
