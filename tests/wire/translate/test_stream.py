"""Is a stream of one API a stream of another, in the order in which clients need it?"""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server import answers_by_api
from tests.server.answers_by_api import Said

from upspiral.providers.dialects import TRANSLATED
from upspiral.providers.sse import EventReader
from upspiral.wire.translate.apis import APIS, Api
from upspiral.wire.translate.blocks import BlockSequencer
from upspiral.wire.translate.deltas import Delta
from upspiral.wire.translate.reply import ReplyHead
from upspiral.wire.translate.stream import StreamTranslator

HEAD = ReplyHead("int_1", "m", 0)
PAIRS = [(host, caller) for host in APIS for caller in APIS if host != caller]


def translate(host: Api, caller: Api, pieces: list[bytes]) -> tuple[list[dict[str, Any]], bytes]:
    """Translate a stream; give its events and all of its bytes."""
    protocol = TRANSLATED[host].stream
    assert protocol is not None
    translator = StreamTranslator(protocol(), host, caller, head=HEAD, counts=True)
    reader = EventReader(lambda: translator)
    for piece in pieces:
        reader.feed(piece)
    written = translator.drain() + translator.end(reader.reply())
    lines = [line[6:] for line in written.decode().split("\n") if line.startswith("data: {")]
    return [json.loads(line) for line in lines], written


def read(api: Api, written: bytes) -> Any:
    """Read a stream by the reader of its API."""
    protocol = TRANSLATED[api].stream
    assert protocol is not None
    reader = EventReader(protocol)
    reader.feed(written)
    return reader.reply()


TEXTS = st.text(max_size=8)
ARGUMENTS = st.dictionaries(TEXTS, st.integers() | TEXTS, max_size=3).map(json.dumps)


def _cut(text: str) -> tuple[str, ...]:
    return tuple(text[at : at + 3] for at in range(0, len(text), 3))


@pytest.mark.long
@given(st.text(max_size=20), st.lists(ARGUMENTS, max_size=3), st.sampled_from(PAIRS))
def test_whatever_a_host_says_is_said_again(text: str, calls: list[str], pair: tuple[Api, Api]) -> None:
    host, caller = pair
    made = tuple((f"call_{i}", "look", _cut(one)) for i, one in enumerate(calls))
    said = Said(words=_cut(text), calls=made, end="calls" if calls else "stop")
    _, written = translate(host, caller, answers_by_api.stream(host, said))
    reply = read(caller, written)
    assert (reply.text, reply.error) == (text, None)
    assert [json.loads(one.arguments) for one in reply.tool_calls] == [json.loads(one) for one in calls]
    assert (reply.usage.input_tokens, reply.usage.cache_read_tokens, reply.usage.output_tokens) == (30, 20, 5)


MIXED = [
    {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x":'}},
    {"index": 1, "id": "b", "function": {"name": "g", "arguments": '{"y":'}},
    {"index": 0, "function": {"arguments": "1}"}},
    {"index": 1, "function": {"arguments": "2}"}},
]


@pytest.mark.parametrize("caller", ["responses", "messages"])
def test_calls_whose_pieces_a_host_mixes_are_told_one_after_the_other(caller: Api) -> None:
    chunks: list[Mapping[str, Any]] = [
        {"choices": [{"index": 0, "delta": {"tool_calls": [one]}}]} for one in MIXED
    ]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    sent = [f"data: {json.dumps(one)}\n\n".encode() for one in chunks]
    events, written = translate("chat", caller, sent)
    places = [one.get("index", one.get("output_index")) for one in events]
    known = [place for place in places if place is not None]
    assert known == sorted(known)
    calls = [(one.name, one.arguments) for one in read(caller, written).tool_calls]
    assert calls == [("f", '{"x":1}'), ("g", '{"y":2}')]


def test_events_of_responses_are_numbered_and_end_with_the_whole_response() -> None:
    said = Said(words=("Hi", "!"), calls=(("call_1", "look", ("{}",)),), end="calls")
    events, _ = translate("messages", "responses", answers_by_api.stream("messages", said))
    assert [one["sequence_number"] for one in events] == list(range(len(events)))
    assert [one["type"] for one in events][:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert [item["type"] for item in events[-1]["response"]["output"]] == ["message", "function_call"]
    assert events[-1]["response"]["id"] == "msg_1"


def test_blocks_of_messages_begin_and_end_in_turn() -> None:
    said = Said(words=("Hi",), calls=(("call_1", "look", ("{}",)),), end="calls")
    events, written = translate("chat", "messages", answers_by_api.stream("chat", said))
    assert [one["type"] for one in events] == [
        "message_start",
        *("content_block_start", "content_block_delta", "content_block_stop"),
        *("content_block_start", "content_block_delta", "content_block_stop"),
        *("message_delta", "message_stop"),
    ]
    assert written.startswith(b"event: message_start\n")


def test_a_chat_ends_with_its_count_and_its_mark() -> None:
    events, written = translate("messages", "chat", answers_by_api.stream("messages", Said(words=("Hi",))))
    assert events[-1]["usage"]["prompt_tokens_details"] == {"cached_tokens": 20}
    assert events[-2]["choices"][0]["finish_reason"] == "stop"
    assert written.endswith(b"data: [DONE]\n\n")


def test_an_answer_that_comes_in_one_piece_at_the_end_is_told() -> None:
    last = answers_by_api.stream("responses", Said(words=("Hi",)))[-1]
    _, written = translate("responses", "messages", [last])
    assert read("messages", written).text == "Hi"


def test_words_after_a_call_are_a_block_of_their_own() -> None:
    told = BlockSequencer()
    deltas = [
        Delta(key=("text",), kind="text", text="A"),
        Delta(key=("call", 0), kind="call", name="f", text="{}"),
        Delta(key=("text",), kind="text", text="B"),
    ]
    events = [event for delta in deltas for event in told.take(delta)] + told.end()
    assert [(one.what, one.block.place) for one in events if one.what != "more"] == [
        *(("begin", 0), ("end", 0), ("begin", 1), ("end", 1), ("begin", 2), ("end", 2)),
    ]
