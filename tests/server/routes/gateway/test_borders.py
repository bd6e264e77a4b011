"""Does the gateway stand what real hosts answer and real clients send?"""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from tests.server.scripted import ScriptedProvider, as_json, chunk, events, whole

from upspiral.app import App
from upspiral.domain import Interaction, Kind
from upspiral.domain.ids import DEFAULT_WORKSPACE

pytestmark = pytest.mark.anyio
HI = [{"role": "user", "content": "Hi"}]
CHAT, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/responses", "/v1/messages"
CALL = {"id": "a", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}


@pytest.fixture
def host() -> Iterator[ScriptedProvider]:
    with ScriptedProvider() as running:
        yield running


@pytest.fixture
async def asked(api: httpx2.AsyncClient, host: ScriptedProvider) -> httpx2.AsyncClient:
    model = {"model": "openai-compatible:m", "url": host.url}
    made = await api.post("/api/v1/agents", json={"name": "a", "model": model})
    assert made.status_code == 201, made.text
    return api


def newest(app: App) -> Interaction:
    return app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)[0]


async def ask(api: httpx2.AsyncClient, path: str = CHAT, **body: Any) -> httpx2.Response:
    said = {} if "input" in body else {"messages": HI}
    return await api.post(path, json={"model": "a", **said, **body})


READ_LENIENTLY = {
    "arguments as an object": whole(
        {"tool_calls": [{**CALL, "function": {"name": "f", "arguments": {"city": "Oslo"}}}]}
    ),
    "arguments that are null": whole(
        {"tool_calls": [{**CALL, "function": {"name": "f", "arguments": None}}]}
    ),
    "content in parts": whole({"content": [{"type": "text", "text": "Four."}]}),
    "counts with a point": whole({"content": "x"}, usage={"prompt_tokens": 12.0, "completion_tokens": 3}),
    "counts below zero": whole({"content": "x"}, usage={"prompt_tokens": -1, "completion_tokens": 3}),
    "counts as text": whole({"content": "x"}, usage={"prompt_tokens": "7"}),
    "an id that is a number": whole({"content": "x"}, id=17),
    "no choices": as_json({"id": "c1", "choices": []}),
    "choices without a message": as_json({"id": "c1", "choices": [{"index": 0, "finish_reason": "stop"}]}),
}


@pytest.mark.parametrize("answer", READ_LENIENTLY.values(), ids=list(READ_LENIENTLY))
async def test_an_answer_with_something_unusual_reaches_the_caller_and_is_recorded(
    asked: httpx2.AsyncClient, app: App, host: ScriptedProvider, answer: Any
) -> None:
    host.script = lambda _body: answer
    assert (await ask(asked)).status_code == 200
    assert newest(app).agent == "a"


REFUSED = [
    (400, {"message": "too long", "type": "invalid_request_error", "code": "context_length_exceeded"}),
    (401, {"message": "bad key", "type": "authentication_error", "code": "invalid_api_key"}),
    (403, {"message": "not yours", "type": "permission_error"}),
    (404, {"message": "no such model", "type": "invalid_request_error", "code": "model_not_found"}),
    (413, {"message": "too large", "type": "request_too_large"}),
    (422, {"message": "no", "type": "invalid_request_error"}),
]


@pytest.mark.parametrize(("status", "error"), REFUSED)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", [CHAT, MESSAGES])
async def test_what_a_provider_refuses_reaches_the_caller_with_status_type_and_code(
    asked: httpx2.AsyncClient, host: ScriptedProvider, status: int, error: Any, stream: bool, path: str
) -> None:
    host.script = lambda _body: as_json({"error": error}, status)
    answer = await ask(asked, path, stream=stream, max_tokens=9)
    told = answer.json()["error"]
    assert (answer.status_code, told["type"]) == (status, error["type"])
    assert error["message"] in told["message"]
    assert path == MESSAGES or "code" not in error or told["code"] == error["code"]


async def test_an_error_told_with_status_200_is_an_error(
    asked: httpx2.AsyncClient, app: App, host: ScriptedProvider
) -> None:
    host.script = lambda _body: as_json({"error": {"message": "Rate limit reached", "code": 429}})
    assert (await ask(asked)).status_code == 429
    await ask(asked, stream=True)
    assert "Rate limit" in (newest(app).error or "")


STREAMS: dict[str, tuple[bytes, str]] = {
    "two answers": (
        events(
            chunk({"content": "Az"}), chunk({"content": "No"}, index=1), chunk({"content": "ure"}, "stop")
        ),
        "Azure",
    ),
    "parts in a delta": (
        events(
            chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}),
            chunk({"content": [{"type": "text", "text": "Four."}]}, "stop"),
        ),
        "Four.",
    ),
    "a refusal": (
        events(chunk({"refusal": "I can't "}), chunk({"refusal": "help."}, "stop")),
        "I can't help.",
    ),
    "a number that is not finite": (
        b'data: {"choices":[{"index":0,"delta":{"content":"Fi"},"logprobs":{"x":-Infinity}}]}\n\n'
        + events(chunk({"content": "ne."}, "stop")),
        "Fine.",
    ),
    "no empty line at the end": (
        events(chunk({"content": "Hello "}), done=False)
        + b"data: "
        + json.dumps(chunk({"content": "you"}, "stop")).encode(),
        "Hello you",
    ),
    "line ends of CR and LF": (events(chunk({"content": "Hi"}, "stop"), end="\r\n\r\n"), "Hi"),
    "line ends of CR": (events(chunk({"content": "Hi"}, "stop"), end="\r\r"), "Hi"),
    "a mark of byte order": (b"\xef\xbb\xbf" + events(chunk({"content": "Hi"}, "stop")), "Hi"),
    "an event in several lines": (
        b'data: {"choices":[{"index":0,\ndata: "delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n',
        "Hi",
    ),
    "an event of 5 MB": (
        events(chunk({"content": "Hi"}, "stop", padding="x" * 5_000_000)),
        "Hi",
    ),
}


@pytest.mark.parametrize(("sent", "answer"), STREAMS.values(), ids=list(STREAMS))
async def test_a_stream_is_read_as_the_standard_says(
    asked: httpx2.AsyncClient, app: App, host: ScriptedProvider, sent: bytes, answer: str
) -> None:
    host.script = lambda _body: host.stream(sent)
    assert (await ask(asked, stream=True)).status_code == 200
    assert (newest(app).answer, newest(app).error) == (answer, None)


@pytest.mark.parametrize("end", ["\n\n", "\r\n\r\n"])
async def test_the_count_that_nobody_asked_for_is_recorded_and_not_passed_on(
    asked: httpx2.AsyncClient, app: App, host: ScriptedProvider, end: str
) -> None:
    count = {"id": "c1", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 5}}
    host.script = lambda _body: host.stream(events(chunk({"content": "Hi"}, "stop"), count, end=end))
    assert "usage" not in (await ask(asked, stream=True)).text
    assert newest(app).usage.output_tokens == 5


async def test_a_host_that_refuses_to_count_a_stream_is_asked_without(
    asked: httpx2.AsyncClient, host: ScriptedProvider
) -> None:
    def answer(body: dict[str, Any]) -> Any:
        if "stream_options" in body:
            return as_json({"error": {"message": "Unrecognized request argument: stream_options"}}, 400)
        return host.stream(events(chunk({"content": "Hi."}, "stop")))

    host.script = answer
    for _ in range(2):
        assert (await ask(asked, stream=True)).status_code == 200
    assert len(host.bodies) == 3  # the refusal is remembered


ENDS = [
    (CHAT, whole({"content": "Dear customer, we"}, "length"), "length"),
    (CHAT, whole({"content": "Dear"}, "content_filter"), "content_filter"),
    (
        MESSAGES,
        as_json({"content": [{"type": "text", "text": "Dear"}], "stop_reason": "max_tokens"}),
        "max_tokens",
    ),
    (
        RESPONSES,
        as_json(
            {"output": [], "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
        ),
        "max_output_tokens",
    ),
]


@pytest.mark.parametrize(("path", "answer", "reason"), ENDS)
async def test_an_answer_that_was_cut_says_so(
    asked: httpx2.AsyncClient, app: App, host: ScriptedProvider, path: str, answer: Any, reason: str
) -> None:
    host.script = lambda _body: answer
    await (ask(asked, path, input="x") if path == RESPONSES else ask(asked, path, max_tokens=5))
    kept = newest(app)
    assert (kept.metadata["finish_reason"], kept.is_whole) == (reason, False)


async def test_a_stream_that_breaks_off_is_an_error(
    asked: httpx2.AsyncClient, app: App, host: ScriptedProvider
) -> None:
    host.script = lambda _body: host.stream(events(chunk({"content": "The ref"}), done=False))
    await ask(asked, stream=True)
    assert newest(app).error == "the stream ended before the answer did"


async def test_a_response_that_failed_is_recorded_as_an_error(
    asked: httpx2.AsyncClient, app: App, host: ScriptedProvider
) -> None:
    failed = {
        "id": "r",
        "status": "failed",
        "output": [],
        "error": {"code": "server_error", "message": "boom"},
    }
    host.script = lambda _body: as_json(failed)
    await ask(asked, RESPONSES, input="x")
    assert newest(app).error == "server_error: boom"


CALLS: dict[str, tuple[str, Any, list[tuple[str, str]]]] = {
    "old functions": (CHAT, whole({"function_call": {"name": "f", "arguments": "{}"}}), [("f", "{}")]),
    "tools of one's own": (
        CHAT,
        whole(
            {"tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}]}
        ),
        [("sql", "select 1")],
    ),
    "tools of the host": (
        RESPONSES,
        as_json(
            {
                "status": "completed",
                "output": [
                    {"type": "web_search_call", "id": "w", "action": {"query": "oslo"}},
                    {"type": "mcp_call", "id": "m", "name": "find", "arguments": "{}", "output": "[]"},
                ],
            }
        ),
        [("web_search", '{"query":"oslo"}'), ("find", "{}")],
    ),
}


@pytest.mark.parametrize(("path", "answer", "calls"), CALLS.values(), ids=list(CALLS))
async def test_every_sort_of_call_of_a_tool_is_recorded(
    asked: httpx2.AsyncClient,
    app: App,
    host: ScriptedProvider,
    path: str,
    answer: Any,
    calls: list[tuple[str, str]],
) -> None:
    host.script = lambda _body: answer
    await (ask(asked, path, input="x") if path == RESPONSES else ask(asked, path))
    assert [(call.name, call.arguments) for call in newest(app).tool_calls] == calls


@pytest.mark.parametrize("second", [{"index": 0, "id": "b"}, {"id": "b"}, {"index": 1, "id": "b"}])
async def test_parallel_calls_of_a_stream_are_told_apart(
    asked: httpx2.AsyncClient, app: App, host: ScriptedProvider, second: dict[str, Any]
) -> None:
    other = {**second, "function": {"name": "get_time", "arguments": '{"tz": "CET"}'}}
    pieces = [chunk({"tool_calls": [{"index": 0, **CALL}]}), chunk({"tool_calls": [other]})]
    host.script = lambda _body: host.stream(events(*pieces))
    await ask(asked, stream=True)
    assert [call.name for call in newest(app).tool_calls] == ["get_weather", "get_time"]


async def test_the_whole_request_is_kept(asked: httpx2.AsyncClient, app: App, host: ScriptedProvider) -> None:
    tool = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
    image = {"type": "image_url", "image_url": {"url": "https://shop.example/a.png"}}
    talk = [
        {"role": "user", "content": [{"type": "text", "text": "See"}, image]},
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "a", "content": "3 degrees"},
    ]
    form = {"type": "json_object"}
    await ask(asked, messages=talk, tools=[tool], tool_choice="auto", response_format=form, temperature=0.5)
    kept = newest(app)
    assert [one.content for one in kept.messages] == [
        "See\n[image_url]",
        "[called get_weather({})]",
        "3 degrees",
    ]
    assert kept.options is not None
    assert [one.name for one in kept.options.tools] == ["look"]
    assert (kept.options.tool_choice, kept.options.response_format) == ("auto", form)
    assert kept.options.sampling == {"temperature": 0.5}
    shown = (await asked.get(f"/api/v1/interactions/{kept.id}")).json()
    told = shown["interaction"]["messages"]
    assert told[1]["parts"][0]["id"] == told[2]["tool_call_id"] == "a"


async def test_a_chain_of_responses_is_one_conversation(
    asked: httpx2.AsyncClient, app: App, host: ScriptedProvider
) -> None:
    host.script = lambda _body: as_json(
        {"id": f"resp_{len(host.bodies)}", "status": "completed", "output": []}
    )
    first = (await ask(asked, RESPONSES, input="one")).json()["id"]
    await ask(asked, RESPONSES, input="two", previous_response_id=first)
    await ask(asked, RESPONSES, input="three")
    talks = [one.conversation for one in app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)]
    assert talks[1] == talks[2] != talks[0]
    await ask(asked, RESPONSES, input="x", conversation={"id": "conv_1"})
    assert newest(app).conversation == "conv_1"


@pytest.mark.parametrize(
    ("path", "sent", "kept"),
    [
        (MESSAGES, {"user_id": "u", "conversation": "c", "trainable": "false"}, {"user_id": "u"}),
        (MESSAGES, {"conversation": "c"}, None),
        (RESPONSES, {"topic": "x", "conversation": "c"}, {"topic": "x"}),
        (CHAT, {"topic": "x"}, None),
    ],
)
async def test_metadata_that_is_ours_stays_here(
    asked: httpx2.AsyncClient, app: App, host: ScriptedProvider, path: str, sent: Any, kept: Any
) -> None:
    answers: dict[str, Any] = {MESSAGES: {"content": []}, RESPONSES: {"output": []}, CHAT: {"choices": []}}
    host.script = lambda _body: as_json(answers[path])
    more = {"input": "x"} if path == RESPONSES else {}
    await ask(asked, path, metadata=sent, **more)
    assert host.bodies[-1].get("metadata") == kept
    assert newest(app).metadata.items() >= sent.items()


async def test_an_embedding_is_no_chat_and_does_not_teach(
    asked: httpx2.AsyncClient, app: App, host: ScriptedProvider
) -> None:
    host.script = lambda _body: as_json({"data": [{"embedding": [0.1]}], "usage": {"prompt_tokens": 2}})
    await ask(asked, "/v1/embeddings", input="x")
    assert (newest(app).kind, newest(app).trainable) == (Kind.TASK, False)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models/a"),
        ("GET", "/models"),
        ("POST", "/v1/chat/completions/"),
        ("POST", "/chat/completions"),
        ("POST", "/v1/messages/count_tokens"),
        ("POST", "/v1/completions"),
        ("POST", "/v1/traces/"),
        ("POST", "/api/public/otel/v1/traces"),
    ],
)
async def test_the_paths_that_usual_clients_call_are_answered(
    asked: httpx2.AsyncClient, host: ScriptedProvider, method: str, path: str
) -> None:
    body = {"resourceSpans": []} if "traces" in path else {"model": "a", "messages": HI, "prompt": "x"}
    answer = await asked.request(method, path, json=body if method == "POST" else None)
    assert answer.status_code == 200, answer.text


async def test_whole_numbers_of_an_agents_sampling_are_sent_as_such(
    asked: httpx2.AsyncClient, host: ScriptedProvider
) -> None:
    model = {"model": "openai-compatible:m", "url": host.url}
    await asked.post("/api/v1/agents", json={"name": "b", "model": model, "max_tokens": 100})
    await ask(asked, model="b")
    assert repr(host.bodies[-1]["max_tokens"]) == "100"


async def test_a_caller_who_hangs_up_lets_the_host_go(
    asked: httpx2.AsyncClient, app: App, host: ScriptedProvider
) -> None:
    pieces = [events(chunk({"content": f"t{i} "}), done=False) for i in range(100)]
    host.script = lambda _body: host.stream(*pieces, pause_s=0.05)
    program = asked._transport.app  # type: ignore[attr-defined]
    body = json.dumps({"model": "a", "messages": HI, "stream": True}).encode()
    gone = asyncio.Event()
    heard: list[Any] = []
    inbox = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        if inbox:
            return inbox.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        heard.append(message)
        if len(heard) > 3:
            gone.set()

    key = (app.settings.data / "key").read_text().strip()
    scope = {
        "type": "http",
        "method": "POST",
        "path": CHAT,
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {key}".encode())],
    }
    await asyncio.wait_for(program(scope, receive, send), 60)
    await asyncio.sleep(1)
    assert host.sent < 60
    assert "hung up" in (newest(app).error or "")


@pytest.mark.parametrize("stream", [False, True])
async def test_sampling_of_the_agent_that_its_host_refuses_is_left_out_and_the_callers_is_not(
    asked: httpx2.AsyncClient, host: ScriptedProvider, stream: bool
) -> None:
    def answer(body: dict[str, Any]) -> Any:
        for name in ("max_tokens", "top_p"):
            if name in body:
                said = {"message": f"Unsupported parameter: '{name}'", "param": name}
                return as_json({"error": said}, 400)
        return host.stream(events(chunk({"content": "Hi."}, "stop"))) if stream else whole({"content": "Hi."})

    host.script = answer
    model = {"model": "openai-compatible:m", "url": host.url}
    made = await asked.post("/api/v1/agents", json={"name": "b", "model": model, "max_tokens": 9})
    assert made.status_code == 201, made.text
    for count in (2, 3):  # refused once, and known then
        assert (await ask(asked, model="b", stream=stream)).status_code == 200
        assert len(host.bodies) == count
    assert (await ask(asked, model="b", top_p=0.5, stream=stream)).status_code == 400
    assert host.bodies[-1]["top_p"] == 0.5


async def test_a_completion_of_several_agents_is_streamed_too(
    asked: httpx2.AsyncClient, host: ScriptedProvider
) -> None:
    choice = {"index": 0, "text": "Paris", "finish_reason": "stop", "logprobs": None}
    host.script = lambda _: as_json({"id": "c", "object": "text_completion", "choices": [choice]})
    body = {"model": "auto:ensemble", "prompt": "Where?", "stream": True}
    said = await asked.post("/v1/completions", json=body)
    assert said.status_code == 200, said.text
    first, end = said.text.strip().split("\n\n")
    assert json.loads(first.removeprefix("data: "))["choices"] == [choice]
    assert end == "data: [DONE]"
