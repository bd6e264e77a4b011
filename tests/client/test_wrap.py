"""Do the real SDKs work as before behind `wrap`, and is what they did recorded?"""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from tests.client.conftest import Server

from upspiral.client import Upspiral
from upspiral.errors import InvalidInput

openai = pytest.importorskip("openai")
HI = [{"role": "user", "content": "Hi"}]
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
CALL = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"q": 1}'}}
pytestmark = pytest.mark.anyio


def _chat(message: dict[str, Any]) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-x-0101",
        "choices": [choice], "usage": USAGE,
    }  # fmt: skip


def _events(*events: dict[str, Any], named: bool = False) -> httpx2.Response:
    lines = [(f"event: {e['type']}\n" if named else "") + f"data: {json.dumps(e)}\n\n" for e in events]
    end = "" if named else "data: [DONE]\n\n"
    return httpx2.Response(200, text="".join(lines) + end, headers={"Content-Type": "text/event-stream"})


def _deltas(*deltas: dict[str, Any], usage: bool = True) -> httpx2.Response:
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-x-0101"}
    chunks = [{**base, "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    return _events(*chunks, *([{**base, "choices": [], "usage": USAGE}] if usage else []))


def _openai(answer: httpx2.Response) -> Any:
    transport = httpx2.MockTransport(lambda _request: answer)
    return openai.OpenAI(api_key="k", max_retries=0, http_client=httpx2.Client(transport=transport))


def _async_openai(answer: httpx2.Response) -> Any:
    transport = httpx2.MockTransport(lambda _request: answer)
    return openai.AsyncOpenAI(api_key="k", max_retries=0, http_client=httpx2.AsyncClient(transport=transport))


def _one(server: Server, spiral: Upspiral) -> dict[str, Any]:
    assert spiral.flush()
    [found] = server.got("interactions")
    return found


def test_a_chat_completion_is_recorded_and_knows_its_id(server: Server, spiral: Upspiral) -> None:
    plain = _openai(httpx2.Response(200, json=_chat({"content": "Hello.", "tool_calls": [CALL]})))
    client = spiral.wrap(plain, agent="greeter")
    answer = client.chat.completions.create(model="gpt-x", messages=HI, user="anna")
    assert answer.choices[0].message.content == "Hello."
    assert answer.upspiral_interaction_id == spiral.last_id
    assert "upspiral_interaction_id" not in answer.model_dump_json()
    sent = _one(server, spiral)
    assert sent["id"] == spiral.last_id
    assert (sent["agent"], sent["model"], sent["end_user"]) == ("greeter", "gpt-x-0101", "anna")
    assert (sent["messages"], sent["answer"]) == (HI, "Hello.")
    assert (sent["usage"]["input_tokens"], sent["usage"]["output_tokens"]) == (3, 2)
    assert [(c["name"], c["arguments"]) for c in sent["tool_calls"]] == [("look", '{"q": 1}')]
    assert sent["latency_ms"] > 0


def test_a_wrapped_client_still_is_what_it_was(server: Server, spiral: Upspiral) -> None:
    plain = _openai(httpx2.Response(200, json=_chat({"content": "Hello."})))
    client = spiral.wrap(plain)
    assert isinstance(client, openai.OpenAI)
    assert client.api_key == "k"
    assert client.models is not None
    with client as same:
        same.with_options(timeout=3).chat.completions.create(model="gpt-x", messages=HI)
    assert _one(server, spiral)["answer"] == "Hello."


def test_an_error_is_recorded_and_raised_as_before(server: Server, spiral: Upspiral) -> None:
    client = spiral.wrap(_openai(httpx2.Response(500, json={"error": {"message": "down"}})))
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="gpt-x", messages=HI)
    sent = _one(server, spiral)
    assert sent["error"].startswith("InternalServerError")
    assert (sent["answer"], sent["model"]) == ("", "gpt-x")


def test_a_stream_passes_chunk_by_chunk_and_is_recorded_whole(server: Server, spiral: Upspiral) -> None:
    piece = {"index": 0, "id": "c1", "function": {"name": "look", "arguments": '{"q"'}}
    more = {"index": 0, "function": {"arguments": ": 1}"}}
    answer = _deltas({"content": "Hel"}, {"content": "lo."}, {"tool_calls": [piece]}, {"tool_calls": [more]})
    stream = spiral.wrap(_openai(answer)).chat.completions.create(model="gpt-x", messages=HI, stream=True)
    assert isinstance(stream, openai.Stream)
    ident = stream.upspiral_interaction_id
    assert ident == spiral.last_id
    assert "".join(c.choices[0].delta.content or "" for c in stream if c.choices) == "Hello."
    sent = _one(server, spiral)
    assert (sent["id"], sent["answer"], sent["usage"]["output_tokens"]) == (ident, "Hello.", 2)
    assert [(c["name"], c["arguments"]) for c in sent["tool_calls"]] == [("look", '{"q": 1}')]


@pytest.mark.parametrize("closes", [False, True])
def test_a_stream_that_is_left_early_is_kept_but_teaches_nothing(
    server: Server, spiral: Upspiral, closes: bool
) -> None:
    answer = _deltas({"content": "Hel"}, {"content": "lo."})
    stream = spiral.wrap(_openai(answer)).chat.completions.create(model="gpt-x", messages=HI, stream=True)
    next(stream)
    if closes:
        stream.close()
    del stream
    sent = _one(server, spiral)
    assert (sent["answer"], sent["trainable"]) == ("Hel", False)


async def test_the_async_client_is_recorded_too(server: Server, spiral: Upspiral) -> None:
    client = spiral.wrap(_async_openai(httpx2.Response(200, json=_chat({"content": "Hello."}))))
    answer = await client.chat.completions.create(model="gpt-x", messages=HI)
    assert answer.upspiral_interaction_id == spiral.last_id
    assert await asyncio.to_thread(spiral.flush)
    assert [one["answer"] for one in server.got("interactions")] == ["Hello."]


async def test_an_async_stream_is_recorded_at_its_end(server: Server, spiral: Upspiral) -> None:
    client = spiral.wrap(_async_openai(_deltas({"content": "Hel"}, {"content": "lo."}, usage=False)))
    with spiral.task("greet") as task:
        async with await client.chat.completions.create(model="gpt-x", messages=HI, stream=True) as stream:
            text = [chunk.choices[0].delta.content async for chunk in stream]
    assert text == ["Hel", "lo."]
    assert await asyncio.to_thread(spiral.flush)
    chat, whole = server.got("interactions")
    assert (chat["answer"], chat["trace"], whole["answer"]) == ("Hello.", task.trace, "Hello.")
    assert "usage" not in chat


async def test_a_cancelled_call_is_recorded_as_cancelled(server: Server, spiral: Upspiral) -> None:
    async def never(_request: httpx2.Request) -> httpx2.Response:
        await asyncio.sleep(60)
        raise AssertionError

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(never))
    client = spiral.wrap(openai.AsyncOpenAI(api_key="k", http_client=http))
    call = asyncio.ensure_future(client.chat.completions.create(model="gpt-x", messages=HI))
    await asyncio.sleep(0.05)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert await asyncio.to_thread(spiral.flush)
    assert [one["error"] for one in server.got("interactions")] == ["CancelledError"]


RESPONSE = {
    "id": "resp_1", "object": "response", "created_at": 1, "model": "gpt-x-0101", "status": "completed",
    "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
    "output": [
        {"type": "message", "id": "m", "role": "assistant", "status": "completed",
         "content": [{"type": "output_text", "text": "Hello.", "annotations": []}]},
        {"type": "function_call", "id": "f", "call_id": "c1", "name": "look", "arguments": "{}"},
    ],
    "usage": {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5,
              "input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}},
}  # fmt: skip


@pytest.mark.parametrize("streams", [False, True])
def test_the_responses_door_is_recorded(server: Server, spiral: Upspiral, streams: bool) -> None:
    delta = {"type": "response.output_text.delta", "delta": "Hello.", "item_id": "m", "output_index": 0,
             "content_index": 0, "sequence_number": 1, "logprobs": []}  # fmt: skip
    done = {"type": "response.completed", "response": RESPONSE, "sequence_number": 2}
    answer = _events(delta, done, named=True) if streams else httpx2.Response(200, json=RESPONSE)
    client = spiral.wrap(_openai(answer))
    given = client.responses.create(model="gpt-x", input="Hi", instructions="Be kind.", stream=streams)
    if streams:
        assert [event.type for event in given] == ["response.output_text.delta", "response.completed"]
    sent = _one(server, spiral)
    assert [m["content"] for m in sent["messages"]] == ["Be kind.", "Hi"]
    assert (sent["answer"], sent["usage"]["input_tokens"], sent["tool_calls"][0]["name"]) == (
        "Hello.",
        3,
        "look",
    )


def _anthropic(answer: httpx2.Response) -> Any:
    anthropic = pytest.importorskip("anthropic")
    transport = httpx2.MockTransport(lambda _request: answer)
    return anthropic.Anthropic(api_key="k", max_retries=0, http_client=httpx2.Client(transport=transport))


MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "stop_reason": "end_turn",
    "stop_sequence": None, "usage": {"input_tokens": 3, "cache_read_input_tokens": 4, "output_tokens": 2},
    "content": [
        {"type": "text", "text": "Hello."},
        {"type": "tool_use", "id": "t", "name": "look", "input": {"q": 1}},
    ],
}  # fmt: skip


def test_an_anthropic_message_is_recorded(server: Server, spiral: Upspiral) -> None:
    client = spiral.wrap(_anthropic(httpx2.Response(200, json=MESSAGE)))
    answer = client.messages.create(model="claude-x", max_tokens=9, system="Be kind.", messages=HI)
    assert answer.upspiral_interaction_id == spiral.last_id
    sent = _one(server, spiral)
    assert [m["content"] for m in sent["messages"]] == ["Be kind.", "Hi"]
    assert (sent["answer"], sent["usage"]["input_tokens"]) == ("Hello.", 7)
    assert [(c["name"], c["arguments"]) for c in sent["tool_calls"]] == [("look", '{"q":1}')]


def test_an_anthropic_stream_is_recorded(server: Server, spiral: Upspiral) -> None:
    tool = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    answer = _events(
        {"type": "message_start", "message": {**MESSAGE, "content": []}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hel"}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "lo."}},
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": tool},
        {
            "type": "content_block_delta",
            "index": 1,
            "delta": {"type": "input_json_delta", "partial_json": "{}"},
        },
        {"type": "content_block_stop", "index": 1},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
        named=True,
    )
    client = spiral.wrap(_anthropic(answer))
    for _event in client.messages.create(model="claude-x", max_tokens=9, messages=HI, stream=True):
        pass
    sent = _one(server, spiral)
    assert (sent["answer"], sent["model"], sent["usage"]["output_tokens"]) == ("Hello.", "claude-x", 9)
    assert [(c["name"], c["arguments"]) for c in sent["tool_calls"]] == [("look", "{}")]


def test_what_our_own_gateway_recorded_is_not_recorded_again(server: Server, spiral: Upspiral) -> None:
    answer = {**_chat({"content": "Hello."}), "id": "int_0123"}
    spiral.wrap(_openai(httpx2.Response(200, json=answer))).chat.completions.create(model="s", messages=HI)
    assert spiral.last_id == "int_0123"
    assert spiral.flush()
    assert server.requests == []


def test_an_answer_in_a_shape_nobody_knows_breaks_nothing(server: Server, spiral: Upspiral) -> None:
    class Odd:
        class messages:
            @staticmethod
            def create(**_asked: Any) -> Any:
                return 42

    assert spiral.wrap(Odd()).messages.create(messages=HI) == 42
    assert _one(server, spiral)["answer"] == ""


def test_what_has_nothing_to_record_is_refused(spiral: Upspiral) -> None:
    with pytest.raises(InvalidInput, match="object has no method"):
        spiral.wrap(object())
