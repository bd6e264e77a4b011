"""Is an answer that failed, was cut or refused ever kept as a whole one?"""

from typing import Any

import pytest

from upspiral.client.shapes import METHODS
from upspiral.wire.reply import CUT, Reply

CHAT, RESPONSES, MESSAGES = (
    METHODS[name] for name in ("chat.completions.create", "responses.create", "messages.create")
)


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"id": "c", "model": "m", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def _call(index: int | None, ident: str | None, name: str | None, arguments: Any) -> dict[str, Any]:
    call = {"id": ident, "function": {"name": name, "arguments": arguments}}
    return _chunk({"tool_calls": [call if index is None else {"index": index, **call}]})


def _calls(answered: Reply) -> list[tuple[str, str]]:
    return [(call.name, call.arguments) for call in answered.tool_calls]


@pytest.mark.parametrize(
    ("events", "error"),
    [
        ([{"type": "error", "code": "server_error", "message": "boom"}], "server_error: boom"),
        (
            [{"type": "response.failed", "response": {"status": "failed", "error": {"message": "boom"}}}],
            "boom",
        ),
        ([{"type": "response.failed", "response": {"status": "failed"}}], "the response is failed"),
        ([{"type": "response.output_text.delta", "delta": "The ref"}], CUT),
        ([{"type": "response.completed", "response": {"status": "completed"}}], None),
    ],
)
def test_a_stream_of_responses_that_failed_or_broke_off_is_an_error(
    events: list[dict[str, Any]], error: str | None
) -> None:
    assert RESPONSES.chunks(events).error == error


def test_what_came_before_a_stream_of_responses_failed_is_kept() -> None:
    events = [
        {"type": "response.output_text.delta", "delta": "The ref"},
        {"type": "response.failed", "response": {"status": "failed", "model": "m", "output": []}},
    ]
    assert RESPONSES.chunks(events).text == "The ref"


def test_a_chat_stream_without_an_end_is_an_error_and_one_with_it_is_not() -> None:
    assert CHAT.chunks([_chunk({"content": "The ref"})]).error == CUT
    assert CHAT.chunks([_chunk({"content": "All."}), _chunk({}, "stop")]).error is None
    failed = [_chunk({"content": "x"}), {"error": {"code": 500, "type": "overloaded", "message": "busy"}}]
    assert CHAT.chunks(failed).error == "overloaded: busy"


def test_a_stream_of_messages_without_an_end_is_an_error() -> None:
    start = {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 1}}}
    piece = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 3}}
    assert MESSAGES.chunks([start, piece]).error == CUT
    assert MESSAGES.chunks([start, piece, end]).error is None
    broken = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    assert MESSAGES.chunks([start, piece, broken]).error == "overloaded_error: Overloaded"


@pytest.mark.parametrize(
    ("shape", "answer", "finish"),
    [
        (CHAT, {"choices": [{"message": {"content": "a"}, "finish_reason": "length"}]}, "length"),
        (CHAT, {"choices": [{"message": {"refusal": "No."}, "finish_reason": "stop"}]}, "refusal"),
        (MESSAGES, {"content": [], "stop_reason": "max_tokens"}, "max_tokens"),
        (MESSAGES, {"content": [], "stop_reason": "refusal"}, "refusal"),
        (
            RESPONSES,
            {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            "max_output_tokens",
        ),
        (
            RESPONSES,
            {"output": [{"type": "message", "content": [{"type": "refusal", "refusal": "No."}]}]},
            "refusal",
        ),
    ],
)
def test_why_an_answer_ended_is_read(shape: Any, answer: dict[str, Any], finish: str) -> None:
    assert shape.answer(answer).finish_reason == finish


@pytest.mark.parametrize(
    "pieces",
    [
        [_call(0, "a", "f", "{}"), _call(0, "b", "g", "{}")],  # every call is numbered 0
        [_call(None, "a", "f", "{}"), _call(None, "b", "g", "{}")],  # none is numbered
        [
            _call(0, "a", "f", "{"),
            _call(1, "b", "g", "{"),
            _call(0, None, None, "}"),
            _call(1, None, None, "}"),
        ],
        [_call(0, "a", "f", "{"), _call(0, "a", "f", "}"), _call(1, "b", "g", {})],  # the name is repeated
    ],
)
def test_parallel_tool_calls_of_a_stream_are_told_apart(pieces: list[dict[str, Any]]) -> None:
    assert _calls(CHAT.chunks([*pieces, _chunk({}, "tool_calls")])) == [("f", "{}"), ("g", "{}")]


@pytest.mark.parametrize(
    ("arguments", "error"), [("{}", None), ('{"q": 1}', None), ('{"q": "wh', CUT), ("", CUT)]
)
def test_tool_calls_without_a_finish_reason_are_cut_only_where_their_arguments_are(
    arguments: str, error: str | None
) -> None:
    pieces = [_call(0, "a", "f", "{}"), _call(0, "b", "g", arguments)]
    assert CHAT.chunks(pieces).error == error


def test_content_in_parts_thinking_and_old_functions_are_read() -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
        {"type": "text", "text": "Hi"},
    ]
    assert CHAT.answer({"choices": [{"message": {"content": parts}}]}).text == "Hi"
    assert CHAT.chunks([_chunk({"content": parts}), _chunk({}, "stop")]).text == "Hi"
    old = {"function_call": {"name": "f", "arguments": {"q": 1}}}
    assert _calls(CHAT.answer({"choices": [{"message": old}]})) == [("f", '{"q":1}')]
    assert _calls(CHAT.chunks([_chunk(old), _chunk({}, "function_call")])) == [("f", '{"q":1}')]
