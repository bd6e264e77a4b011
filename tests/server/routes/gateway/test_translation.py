"""Do OpenAI's and Anthropic's own clients reach a model whose host speaks another API than they do?"""

import json
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import anthropic
import openai
import pytest
import uvicorn
from starlette.responses import Response
from tests.server import answers_by_api
from tests.server.answers_by_api import CACHED, INPUT, OUTPUT, Said
from tests.server.scripted import ScriptedProvider, as_json

from upspiral.app import App
from upspiral.config import load
from upspiral.domain import Interaction
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.server.app import create_app
from upspiral.serving import negotiated_request
from upspiral.testing.server_thread import ServerThread
from upspiral.wire.translate.apis import APIS

PATHS = {"chat": "/chat/completions", "responses": "/responses", "messages": "/messages"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
PNG = "iVBORw0KGgo="
ANSWERS = {
    "words": Said(words=("It is ", "on its ", "way: 你好.")),
    "calls": Said(
        calls=(
            ("call_1", "get_weather", ('{"city"', ':"Oslo"}')),
            ("call_2", "get_weather", ('{"city":"Bergen"}',)),
        ),
        end="calls",
    ),
    "words and a call": Said(
        words=("Let me ", "see."), calls=(("call_1", "get_weather", ('{"city":"Oslo"}',)),), end="calls"
    ),
    "a refusal": Said(refusal="I cannot help.", end="refusal"),
    "a cut answer": Said(words=("It is on",), end="length"),
}


class Site(NamedTuple):
    """A running server, and the host of its only agent."""

    url: str
    key: str
    app: App
    host: ScriptedProvider
    openai: openai.OpenAI
    anthropic: anthropic.Anthropic


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("site") / "data"
    with ScriptedProvider() as host, App(load(data=data), nights=False) as app:
        config = uvicorn.Config(create_app(app), port=0, log_level="critical", lifespan="off")
        key = (data / "key").read_text().strip()
        with (
            ServerThread(config) as server,
            openai.OpenAI(base_url=f"{server.url}/v1", api_key=key, max_retries=0) as first,
            anthropic.Anthropic(base_url=server.url, api_key=key, max_retries=0) as second,
        ):
            yield Site(server.url, key, app, host, first, second)


@pytest.fixture
def agents(site: Site) -> Any:
    """Gives the name of a fresh agent whose host speaks one API alone."""

    def make(api: str, script: Any) -> str:
        def answer(body: dict[str, Any]) -> Response:
            if site.host.paths[-1] != PATHS[api]:
                return as_json({"detail": "Not Found"}, 404)
            answered: Response = script(body)
            return answered

        site.host.script = answer
        site.host.bodies.clear()
        site.host.paths.clear()
        name = f"a{time.monotonic_ns()}"
        model = {"model": f"openai-compatible:{name}", "url": site.host.url}
        body = {"name": name, "model": model, "instructions": "Be kind."}
        site.openai.post(f"{site.url}/api/v1/agents", body=body, cast_to=object)
        return name

    return make


def wait_for_record(site: Site, name: str) -> Interaction:
    """Give the newest answer of an agent; a caller who closes a stream may be ahead of its record."""
    for _ in range(600):
        kept = site.app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)
        if kept and kept[0].agent == name:
            return kept[0]
        time.sleep(0.05)
    raise AssertionError(f"nothing was recorded of {name}")


CHAT_DELTAS = ("content.delta", "refusal.delta", "tool_calls.function.arguments.delta")


class Heard(NamedTuple):
    """What a caller got, in no API's words."""

    words: str
    refusal: str
    calls: tuple[tuple[str, str, Any], ...]
    end: str
    tokens: tuple[int, int, int]
    pieces: int
    """Of a stream."""


def ask(api: str, site: Site, name: str, *, streamed: bool) -> Heard:
    """Ask by the real client of an API: a picture, a tool."""
    return {"chat": _ask_chat, "responses": _ask_responses, "messages": _ask_messages}[api](
        site, name, streamed
    )


def _ask_chat(site: Site, name: str, streamed: bool) -> Heard:
    function = {"name": "get_weather", "parameters": SCHEMA}
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}
    content = [{"type": "text", "text": "Where?"}, picture]
    body: Any = {
        "model": name,
        "messages": [{"role": "user", "content": content}],
        "tools": [{"type": "function", "function": function}],
        "max_completion_tokens": 100,
    }
    pieces = 0
    if streamed:
        options: Any = {"include_usage": True}
        with site.openai.chat.completions.stream(**body, stream_options=options) as stream:
            pieces = sum(event.type in CHAT_DELTAS for event in stream)
            said: Any = stream.current_completion_snapshot
    else:
        said = site.openai.chat.completions.create(**body)
    [choice] = said.choices
    message, usage, calls = choice.message, said.usage, choice.message.tool_calls or ()
    end = "refusal" if message.refusal or choice.finish_reason == "content_filter" else choice.finish_reason
    return Heard(
        message.content or "",
        message.refusal or "",
        tuple((one.id, one.function.name, json.loads(one.function.arguments)) for one in calls),
        {"tool_calls": "calls"}.get(end, end),
        (usage.prompt_tokens, usage.prompt_tokens_details.cached_tokens, usage.completion_tokens),
        pieces,
    )


def _ask_responses(site: Site, name: str, streamed: bool) -> Heard:
    picture = {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "auto"}
    content = [{"type": "input_text", "text": "Where?"}, picture]
    body: Any = {
        "model": name,
        "input": [{"role": "user", "content": content}],
        "tools": [{"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": False}],
        "max_output_tokens": 100,
    }
    pieces = 0
    if streamed:
        with site.openai.responses.stream(**body) as stream:
            events: list[Any] = list(stream)
            pieces = sum(event.type.endswith(".delta") for event in events)
            said: Any = events[-1].response  # the client itself gives only those that are completed
    else:
        said = site.openai.responses.create(**body)
    parts = [part for item in said.output if item.type == "message" for part in item.content]
    calls = [item for item in said.output if item.type == "function_call"]
    refusal = "".join(part.refusal for part in parts if part.type == "refusal")
    reason = said.incomplete_details and said.incomplete_details.reason
    end = {"max_output_tokens": "length", "content_filter": "refusal"}.get(reason or "", "stop")
    end = "refusal" if refusal else "calls" if calls else end
    usage = said.usage
    return Heard(
        said.output_text,
        refusal,
        tuple((one.call_id, one.name, json.loads(one.arguments)) for one in calls),
        end,
        (usage.input_tokens, usage.input_tokens_details.cached_tokens, usage.output_tokens),
        pieces,
    )


def _ask_messages(site: Site, name: str, streamed: bool) -> Heard:
    source = {"type": "base64", "media_type": "image/png", "data": PNG}
    content = [{"type": "text", "text": "Where?"}, {"type": "image", "source": source}]
    body: Any = {
        "model": name,
        "messages": [{"role": "user", "content": content}],
        "tools": [{"name": "get_weather", "input_schema": SCHEMA}],
        "max_tokens": 100,
    }
    pieces = 0
    if streamed:
        with site.anthropic.messages.stream(**body) as stream:
            pieces = sum(event.type == "content_block_delta" for event in stream)
            said: Any = stream.get_final_message()
    else:
        said = site.anthropic.messages.create(**body)
    words = "".join(block.text for block in said.content if block.type == "text")
    ends = {"end_turn": "stop", "max_tokens": "length", "tool_use": "calls"}
    usage = said.usage
    cached = usage.cache_read_input_tokens
    return Heard(
        words,
        "",
        tuple((one.id, one.name, one.input) for one in said.content if one.type == "tool_use"),
        ends.get(said.stop_reason, said.stop_reason),
        (usage.input_tokens + cached, cached, usage.output_tokens),
        pieces,
    )


PAIRS = [(caller, host) for caller in APIS for host in APIS]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("said", ANSWERS.values(), ids=list(ANSWERS))
@pytest.mark.parametrize(("caller", "host"), PAIRS)
def test_every_client_reaches_a_host_of_every_api(
    site: Site, agents: Any, caller: str, host: str, said: Said, streamed: bool
) -> None:
    def script(body: dict[str, Any]) -> Response:
        assert bool(body.get("stream")) == streamed
        if streamed:
            return site.host.stream(*answers_by_api.stream(host, said))
        return as_json(answers_by_api.whole(host, said))

    name = agents(host, script)
    heard = ask(caller, site, name, streamed=streamed)
    expected = tuple((ident, name, json.loads("".join(pieces))) for ident, name, pieces in said.calls)
    assert heard.words + heard.refusal == "".join(said.words) + said.refusal
    assert (heard.calls, heard.end) == (expected, said.end)
    assert heard.tokens == (INPUT, CACHED, OUTPUT)
    if streamed:
        assert heard.pieces >= len(said.words)
    kept = wait_for_record(site, name)
    assert (kept.answer, kept.error) == ("".join(said.words) + said.refusal, None)
    assert [(one.id, one.name) for one in kept.tool_calls] == [one[:2] for one in said.calls]
    assert (kept.usage.input_tokens, kept.usage.cache_read_tokens) == (INPUT, CACHED)
    assert kept.options is not None
    assert kept.options.api == caller
    _check_asked(host, site.host.bodies[-1])


def _check_asked(host: str, body: dict[str, Any]) -> None:
    """Check that the host was asked with the picture, the tool and the instructions, in its own words."""
    [tool] = body["tools"]
    if host == "chat":
        assert body["messages"][0] == {"role": "system", "content": "Be kind."}
        assert body["messages"][1]["content"][1]["image_url"]["url"] == f"data:image/png;base64,{PNG}"
        assert tool["function"]["parameters"] == SCHEMA
    elif host == "responses":
        assert body["instructions"] == "Be kind."
        assert body["input"][0]["content"][1]["image_url"] == f"data:image/png;base64,{PNG}"
        assert tool["parameters"] == SCHEMA
    else:
        assert body["system"] == "Be kind."
        assert body["messages"][0]["content"][1]["source"]["data"] == PNG
        assert tool["input_schema"] == SCHEMA
    assert 100 in (body.get("max_tokens"), body.get("max_completion_tokens"), body.get("max_output_tokens"))


BEGINNINGS = {"chat": 3, "responses": 8, "messages": 5}
"""Events up to the second piece of an answer."""
ANTHROPIC_KINDS = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error"}
STATUSES = [(400, "BadRequestError"), (401, "AuthenticationError"), (429, "RateLimitError")]
TRANSLATED = [(caller, host) for caller, host in PAIRS if caller != host]


@pytest.mark.parametrize(("caller", "host"), TRANSLATED)
def test_which_api_a_host_speaks_is_learned_once(site: Site, agents: Any, caller: str, host: str) -> None:
    name = agents(host, lambda _body: as_json(answers_by_api.whole(host, ANSWERS["words"])))
    ask(caller, site, name, streamed=False)
    tried = len(site.host.paths)
    assert site.host.paths[-1] == PATHS[host]
    ask(caller, site, name, streamed=False)
    assert site.host.paths[tried:] == [PATHS[host]]


@pytest.mark.parametrize(("caller", "host"), PAIRS)
def test_an_error_in_the_middle_of_a_stream_is_an_error_of_the_client(
    site: Site, agents: Any, caller: str, host: str
) -> None:
    begun = answers_by_api.stream(host, ANSWERS["words"])[:6]
    pieces = [*begun, answers_by_api.error_event(host)]
    name = agents(host, lambda _body: site.host.stream(*pieces))
    if caller == host == "responses":
        return  # passed on as it came: the event `error`, which this client gives and does not raise
    with pytest.raises((openai.APIError, anthropic.APIError), match="overloaded"):
        ask(caller, site, name, streamed=True)
    error = wait_for_record(site, name).error
    assert error if caller == host else "overloaded" in (error or "")


@pytest.mark.parametrize(("caller", "host"), TRANSLATED)
def test_a_stream_that_breaks_off_is_an_error_of_the_client(
    site: Site, agents: Any, caller: str, host: str
) -> None:
    begun = answers_by_api.stream(host, ANSWERS["words"])[: BEGINNINGS[host]]
    name = agents(host, lambda _body: site.host.stream(*begun))
    with pytest.raises((openai.APIError, anthropic.APIError), match="the stream ended before the answer did"):
        ask(caller, site, name, streamed=True)
    assert "the stream ended before the answer did" in (wait_for_record(site, name).error or "")


@pytest.mark.parametrize(("status", "kind"), STATUSES)
@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize(("caller", "host"), TRANSLATED)
def test_what_a_host_refuses_has_its_status_and_the_callers_shape(
    site: Site, agents: Any, caller: str, host: str, streamed: bool, status: int, kind: str
) -> None:
    told = {"type": "invalid_request_error" if status == 400 else "too_bad", "message": "That goes too far."}
    refused = {"type": "error", "error": told} if host == "messages" else {"error": told}
    name = agents(host, lambda _body: as_json(refused, status))
    with pytest.raises((openai.APIStatusError, anthropic.APIStatusError), match="That goes too far") as error:
        ask(caller, site, name, streamed=streamed)
    raised: Any = error.value
    assert (type(raised).__name__, raised.status_code) == (kind, status)
    if caller == "messages":
        assert raised.body["error"]["type"] == ANTHROPIC_KINDS[status]


@pytest.mark.parametrize(("caller", "host"), TRANSLATED)
def test_pieces_are_passed_on_as_they_come(site: Site, agents: Any, caller: str, host: str) -> None:
    pieces = answers_by_api.stream(host, ANSWERS["words"])
    name = agents(host, lambda _body: site.host.stream(*pieces, pause_s=0.15))
    moments: list[float] = []
    for _ in _raw_deltas(caller, site, name):
        moments.append(time.monotonic())
    assert len(moments) == 3
    assert moments[-1] - moments[0] >= 0.2  # the host takes 0.3 s for them


def _raw_deltas(api: str, site: Site, name: str) -> Iterator[Any]:
    if api == "messages":
        talk: Any = [{"role": "user", "content": "Hi"}]
        for event in site.anthropic.messages.create(model=name, max_tokens=9, messages=talk, stream=True):
            if event.type == "content_block_delta":
                yield event
    elif api == "responses":
        for told in site.openai.responses.create(model=name, input="Hi", stream=True):
            if told.type == "response.output_text.delta":
                yield told
    else:
        said: Any = [{"role": "user", "content": "Hi"}]
        for chunk in site.openai.chat.completions.create(model=name, messages=said, stream=True):
            if chunk.choices and chunk.choices[0].delta.content:
                yield chunk


def test_what_the_host_has_no_words_for_is_refused_before_it_is_asked(site: Site, agents: Any) -> None:
    name = agents("messages", lambda _body: as_json(answers_by_api.whole("messages", ANSWERS["words"])))
    ask("chat", site, name, streamed=False)  # its API is known from now on
    asked, talk = len(site.host.paths), [{"role": "user", "content": "Hi"}]
    for streamed in (False, True):
        with pytest.raises(openai.UnprocessableEntityError, match="n, seed cannot be translated"):
            site.openai.post(
                "/chat/completions",
                body={"model": name, "messages": talk, "n": 2, "seed": 1, "stream": streamed},
                cast_to=object,
            )
    assert len(site.host.paths) == asked


def test_a_host_that_knows_no_such_model_is_not_asked_in_another_api(site: Site, agents: Any) -> None:
    told = {"error": {"message": "The model `x` does not exist", "code": "model_not_found"}}
    name = agents("chat", lambda _body: as_json(told, 404))
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        ask("chat", site, name, streamed=False)
    assert site.host.paths == ["/chat/completions"]


def test_a_host_that_answers_in_no_api_is_told_by_its_first_word(site: Site, agents: Any) -> None:
    name = agents("chat", lambda _body: as_json({"detail": "Not Found"}, 404))
    for _ in range(2):
        with pytest.raises(openai.NotFoundError):
            ask("responses", site, name, streamed=False)
    assert site.host.paths == ["/responses", "/chat/completions", "/messages"] * 2


def test_the_limit_of_tokens_has_the_name_that_the_model_takes(site: Site, agents: Any) -> None:
    def script(body: dict[str, Any]) -> Response:
        if "max_tokens" in body:
            said = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return as_json({"error": {"message": said, "param": "max_tokens"}}, 400)
        return as_json(answers_by_api.whole("chat", ANSWERS["words"]))

    name = agents("chat", script)
    for count in (3, 4):
        ask("messages", site, name, streamed=False)
        assert len(site.host.bodies) == count
    assert site.host.bodies[-1]["max_completion_tokens"] == 100


def test_a_model_of_the_responses_api_alone_is_reached_by_chat_completions(site: Site, agents: Any) -> None:
    def script(_body: dict[str, Any]) -> Response:
        return as_json(answers_by_api.whole("responses", ANSWERS["words"]))

    name = agents("responses", script)
    said = "This model is only supported in v1/responses and not in v1/chat/completions."
    inner = site.host.script
    site.host.script = lambda body: (
        as_json({"error": {"message": said}}, 404) if site.host.paths[-1] == PATHS["chat"] else inner(body)
    )
    assert ask("chat", site, name, streamed=False).words == "It is on its way: 你好."


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("caller", APIS)
def test_every_client_reaches_a_model_of_the_local_host(
    site: Site, agents: Any, monkeypatch: pytest.MonkeyPatch, caller: str, streamed: bool
) -> None:
    def script(body: dict[str, Any]) -> Response:
        if body.get("stream"):
            return site.host.stream(*answers_by_api.stream("chat", ANSWERS["words"]))
        return as_json(answers_by_api.whole("chat", ANSWERS["words"]))

    name = agents("chat", script)
    monkeypatch.setattr(negotiated_request, "LOCAL_HOST", "openai-compatible")
    assert ask(caller, site, name, streamed=streamed).words == "It is on its way: 你好."
    assert site.host.paths == [PATHS["chat"]]  # what it speaks is known from the start
