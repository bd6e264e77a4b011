"""A whole answer, streamed in its own words, is read back as the same answer."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from upspiral.providers.dialects import TRANSLATED
from upspiral.providers.sse import EventReader
from upspiral.wire.translate.apis import Api
from upspiral.wire.translate.whole import READERS, write_stream

CALL = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": '{"q": 1}'}}
SAYS_AND_CALLS: Mapping[Api, dict[str, Any]] = {
    "chat": {
        "id": "c1",
        "object": "chat.completion",
        "created": 7,
        "model": "m",
        "system_fingerprint": "fp",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "I look.",
                    "reasoning_content": "A parcel.",
                    "tool_calls": [CALL, {**CALL, "id": "call_2"}],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
    },
    "responses": {
        "id": "r1",
        "object": "response",
        "created_at": 7,
        "status": "completed",
        "model": "m",
        "metadata": {"a": "b"},
        "output": [
            {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "x"},
            {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_text", "text": "I look.", "annotations": []}],
            },
            {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "find", "arguments": "{}"},
        ],
        "usage": {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8},
    },
    "messages": {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": [
            {"type": "thinking", "thinking": "A parcel.", "signature": "sig"},
            {"type": "text", "text": "I look."},
            {"type": "tool_use", "id": "call_1", "name": "find", "input": {"q": 1}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {"input_tokens": 3, "output_tokens": 5, "service_tier": "standard"},
    },
}


@pytest.mark.parametrize("api", SAYS_AND_CALLS)
def test_a_streamed_answer_says_what_the_whole_one_said(api: Api) -> None:
    body = SAYS_AND_CALLS[api]
    stream = TRANSLATED[api].stream
    assert stream is not None
    reader = EventReader(stream)
    reader.feed(write_stream(body, api, counts=True))
    assert reader.done
    found, whole = reader.reply(), READERS[api](body)
    assert (found.text, found.tool_calls, found.usage) == (whole.text, whole.tool_calls, whole.usage)
    assert (found.id, found.model, found.finish_reason) == (whole.id, whole.model, whole.finish_reason)
    assert found.thoughts == whole.thoughts
    assert found.error is None


def _read_events(api: Api) -> list[dict[str, Any]]:
    lines = write_stream(SAYS_AND_CALLS[api], api).split(b"\n")
    told = [line.removeprefix(b"data: ") for line in lines if line.startswith(b"data: {")]
    return [msgspec.json.decode(one) for one in told]


def test_what_only_the_api_itself_has_words_for_stays_whole() -> None:
    blocks = [one["content_block"] for one in _read_events("messages") if "content_block" in one]
    assert blocks[0] == SAYS_AND_CALLS["messages"]["content"][0]
    told = _read_events("responses")
    assert told[-1]["response"] == SAYS_AND_CALLS["responses"]
    items = [one["item"] for one in told if one["type"] == "response.output_item.done"]
    assert items[0] == SAYS_AND_CALLS["responses"]["output"][0]
    assert [one["sequence_number"] for one in told] == list(range(len(told)))
    assert {one["system_fingerprint"] for one in _read_events("chat")} == {"fp"}
