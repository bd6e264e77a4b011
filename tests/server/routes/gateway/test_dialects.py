"""OpenAI's and Anthropic's own clients at the gateway, plain and streaming."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import anthropic
import httpx2
import openai
import pytest

from upspiral.app import App
from upspiral.domain import Interaction
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.server.app import create_app
from upspiral.serving import CLIENT_DISCONNECTED
from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider(stall_s=0.5) as fake:
        yield fake


@pytest.fixture
async def api(app: App, provider: FakeProvider) -> AsyncIterator[httpx2.AsyncClient]:
    key = (app.settings.data / "key").read_text().strip()
    transport = httpx2.ASGITransport(create_app(app), raise_app_exceptions=False)
    mine = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=mine) as client:
        body = {"name": "support", "model": {"model": "openai-compatible:gpt", "url": provider.url}}
        made = await client.post("/api/v1/agents", json={**body, "instructions": "Be kind."})
        assert made.status_code == 201, made.text
        yield client


@pytest.fixture
def client(api: httpx2.AsyncClient) -> openai.AsyncOpenAI:
    key = api.headers.pop("authorization").removeprefix("Bearer ")
    return openai.AsyncOpenAI(base_url="http://127.0.0.1/v1", api_key=key, http_client=api, max_retries=0)


@pytest.fixture
def claude(api: httpx2.AsyncClient) -> anthropic.AsyncAnthropic:
    key = api.headers.pop("authorization").removeprefix("Bearer ")
    return anthropic.AsyncAnthropic(base_url="http://127.0.0.1", api_key=key, http_client=api, max_retries=0)


def _kept(app: App) -> Interaction:
    [kept] = app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)
    return kept


async def test_a_response_is_passed_on_and_recorded(
    client: openai.AsyncOpenAI, app: App, provider: FakeProvider
) -> None:
    answer = await client.responses.create(model="support", input="Hi", instructions="Be short.", user="anna")
    assert answer.output_text == "You said: Hi"
    assert provider.bodies[-1]["instructions"] == "Be kind.\nBe short."
    kept = _kept(app)
    assert (kept.question, kept.answer, kept.end_user) == ("Hi", "You said: Hi", "anna")
    assert (kept.client_id, kept.usage.input_tokens, kept.usage.output_tokens) == ("resp_fake", 7, 3)


async def test_a_streamed_response_is_passed_on_and_recorded(client: openai.AsyncOpenAI, app: App) -> None:
    heard = [event async for event in await client.responses.create(model="support", input="Hi", stream=True)]
    assert [event.type for event in heard][-1] == "response.completed"
    kept = _kept(app)
    assert (kept.answer.strip(), kept.error, kept.usage.output_tokens) == ("You said: Hi", None, 3)


async def test_a_message_is_passed_on_and_recorded(
    claude: anthropic.AsyncAnthropic, app: App, provider: FakeProvider
) -> None:
    answer = await claude.messages.create(
        model="support", max_tokens=50, system="Be short.", messages=[{"role": "user", "content": "Hi"}]
    )
    assert answer.content[0].type == "text"
    assert answer.content[0].text == "You said: Hi"
    assert provider.bodies[-1]["system"] == "Be kind.\nBe short."
    assert provider.headers[-1]["anthropic-version"]
    assert "x-api-key" not in provider.headers[-1]  # the caller's key stays here
    kept = _kept(app)
    assert (kept.question, kept.answer, kept.usage.input_tokens) == ("Hi", "You said: Hi", 7)


async def test_a_streamed_message_is_passed_on_and_recorded(
    claude: anthropic.AsyncAnthropic, app: App
) -> None:
    async with claude.messages.stream(
        model="support", max_tokens=50, messages=[{"role": "user", "content": "Hi"}]
    ) as stream:
        said = await stream.get_final_text()
    assert said.strip() == "You said: Hi"
    kept = _kept(app)
    assert (kept.answer.strip(), kept.error, kept.usage.output_tokens) == ("You said: Hi", None, 3)


async def test_embeddings_are_passed_on(client: openai.AsyncOpenAI, app: App) -> None:
    found = await client.embeddings.create(model="support", input=["a", "b"], encoding_format="float")
    assert [one.embedding for one in found.data] == [[0.0, 1.0], [0.0, 1.0]]
    assert _kept(app).usage.input_tokens == 7


async def test_models_are_listed_for_both_clients(client: openai.AsyncOpenAI) -> None:
    assert [model.id async for model in client.models.list()] == ["support"]


async def test_a_tool_call_is_recorded(client: openai.AsyncOpenAI, app: App) -> None:
    tool = {"type": "function", "function": {"name": "find_order", "parameters": {"type": "object"}}}
    answer = await client.chat.completions.create(
        model="support",
        messages=[{"role": "user", "content": "Where is it?"}],
        tools=[tool],  # type: ignore[list-item]
    )
    assert answer.system_fingerprint == "fp_fake"  # what we do not know is passed on
    assert answer.choices[0].message.tool_calls
    [call] = _kept(app).tool_calls
    assert (call.name, call.arguments) == ("find_order", '{"order": 7}')


async def test_a_caller_who_did_not_ask_for_usage_sees_none_but_it_is_recorded(
    client: openai.AsyncOpenAI, app: App
) -> None:
    stream = await client.chat.completions.create(
        model="support", messages=[{"role": "user", "content": "Hi"}], stream=True
    )
    chunks = [chunk async for chunk in stream]
    assert all(chunk.choices for chunk in chunks)
    assert _kept(app).usage.output_tokens == 3


async def test_a_caller_who_hangs_up_is_recorded_as_that(
    app: App, api: httpx2.AsyncClient, provider: FakeProvider
) -> None:
    provider.moods = ["stall"]
    key = api.headers["authorization"].encode()
    messages: list[dict[str, object]] = [
        {
            "type": "http.request",
            "body": b'{"model":"support","messages":[{"role":"user","content":"Hi"}]}',
            "more_body": False,
        },
        {"type": "http.disconnect"},
    ]

    async def receive() -> dict[str, object]:
        return messages.pop(0)

    async def send(_message: object) -> None:
        await asyncio.sleep(0)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/chat/completions",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"authorization", key)],
    }
    await create_app(app)(scope, receive, send)
    assert _kept(app).error == CLIENT_DISCONNECTED
