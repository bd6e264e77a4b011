"""The doors of a running app, with the real OpenAI client and a provider that misbehaves on command."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import msgspec
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from upspiral.app import App
from upspiral.config import load
from upspiral.deploy.hosts import HostEndpoint, Hosts
from upspiral.domain import Status
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.providers.dialects import CHAT
from upspiral.server.app import create_app
from upspiral.server.routes.gateway.answer_request import add_ids
from upspiral.serving import RoutedRequest
from upspiral.testing import FakeProvider

MODEL = Path(__file__).parents[4] / "examples/support_desk/model"
HI: list[ChatCompletionMessageParam] = [{"role": "user", "content": "Hi"}]
pytestmark = pytest.mark.anyio


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider(stall_s=0.5) as fake:
        yield fake


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    with App(load(data=data, max_body_mb=0.1), nights=False) as opened:
        yield opened


@pytest.fixture
async def api(app: App, provider: FakeProvider) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(create_app(app), raise_app_exceptions=False)
    key = (app.settings.data / "key").read_text().strip()
    mine = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=mine) as client:
        body = {"name": "support", "model": {"model": "openai-compatible:gpt", "url": provider.url}}
        made = await client.post("/api/v1/agents", json={**body, "instructions": "Be kind."})
        assert made.status_code == 201, made.text
        yield client


def _client(api: httpx2.AsyncClient) -> openai.AsyncOpenAI:
    key = api.headers["authorization"].removeprefix("Bearer ")
    return openai.AsyncOpenAI(base_url="http://127.0.0.1/v1", api_key=key, http_client=api, max_retries=0)


async def test_an_answer_is_recorded_under_the_id_it_carries(api: httpx2.AsyncClient, app: App) -> None:
    answer = await _client(api).chat.completions.create(model="support", messages=HI, user="anna")
    assert answer.choices[0].message.content == "You said: Hi"
    kept = app.runtime.store.interactions.get(DEFAULT_WORKSPACE, answer.id)
    assert (kept.question, kept.answer, kept.end_user) == ("Hi", "You said: Hi", "anna")
    assert (kept.usage.input_tokens, kept.usage.output_tokens) == (7, 3)


async def test_the_versions_instructions_come_first(api: httpx2.AsyncClient, provider: FakeProvider) -> None:
    await api.post("/v1/chat/completions", json={"model": "support", "messages": HI, "temperature": 0.5})
    sent = provider.bodies[-1]
    assert sent["messages"] == [{"role": "system", "content": "Be kind."}, *HI]
    assert sent["temperature"] == 0.5


async def test_a_stream_is_passed_on_and_recorded(api: httpx2.AsyncClient, app: App) -> None:
    pieces = []
    stream = await _client(api).chat.completions.create(model="support", messages=HI, stream=True)
    async for chunk in stream:
        pieces += [choice.delta.content or "" for choice in chunk.choices]
    assert "".join(pieces).strip() == "You said: Hi"
    [kept] = app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)
    assert kept.answer.strip() == "You said: Hi"
    assert kept.error is None


async def test_feedback_joins_its_answer(api: httpx2.AsyncClient) -> None:
    answer = await api.post("/v1/chat/completions", json={"model": "support", "messages": HI})
    ident = answer.headers["x-upspiral-interaction"]
    given = await api.post("/api/v1/feedback", json={"interaction": ident, "thumbs": "down"})
    assert given.status_code == 201
    seen = (await api.get(f"/api/v1/interactions/{ident}")).json()
    assert seen["outcome"]["status"] == Status.FAILURE
    assert len(seen["feedback"]) == 1


@pytest.mark.parametrize("more", [{}, {"stream": True}, {"idempotency": True}])
async def test_an_answer_brings_a_token_by_which_a_page_may_rate_it(
    api: httpx2.AsyncClient, more: dict[str, Any]
) -> None:
    keyed = {"idempotency-key": "a"} if more.pop("idempotency", False) else {}
    body = {"model": "support", "messages": HI, "user": "anna", **more}
    for _ in range(1 + bool(keyed)):  # given again, it brings one too
        answer = await api.post("/v1/chat/completions", json=body, headers=keyed)
        token = {"authorization": f"Bearer {answer.headers['x-upspiral-feedback-token']}"}
        rated = await api.post("/api/v1/response-feedback", json={"thumbs": "down"}, headers=token)
        assert rated.status_code == 201, rated.text
        ident = answer.headers["x-upspiral-interaction"]
        seen = (await api.get(f"/api/v1/interactions/{ident}")).json()
        assert [(one["rater"], one["score"]) for one in seen["feedback"]] == [("anna", 0.0)]


BAD: list[tuple[str, Any, int, str]] = [
    ("/v1/chat/completions", b"", 422, "no JSON"),
    ("/v1/chat/completions", b"{", 422, "no JSON"),
    ("/v1/chat/completions", b"[1]", 422, "names no model"),
    ("/v1/chat/completions", b"[" * 50_000, 422, "no JSON"),
    ("/v1/chat/completions", {"model": "support", "messages": []}, 422, "empty"),
    ("/v1/chat/completions", {"model": "support", "messages": [{"content": "x"}]}, 422, "role"),
    ("/v1/chat/completions", {"model": "nobody", "messages": HI}, 404, "nobody"),
    ("/v1/chat/completions", b"x" * 200_000, 413, "larger than"),
    ("/api/v1/feedback", {"interaction": "int_none", "thumbs": "up"}, 404, "int_none"),
    ("/api/v1/feedback", {"interaction": "int_none"}, 422, "says nothing"),
    ("/api/v1/feedback", {"interaction": "i", "thumbs": "sideways"}, 422, "thumbs"),
    ("/api/v1/cycles", {"agent": "nobody"}, 404, "nobody"),
    (
        "/api/v1/cycles",
        {"agent": "support", "story": "deploy", "adapter": "/nowhere"},
        409,
        "takes no adapter",
    ),
    ("/api/v1/nothing", {}, 404, "nothing at"),
]


@pytest.mark.parametrize(("path", "body", "status", "words"), BAD)
async def test_bad_input_is_told_with_the_next_action(
    api: httpx2.AsyncClient, app: App, path: str, body: Any, status: int, words: str
) -> None:
    before = app.runtime.store.interactions.total(DEFAULT_WORKSPACE)
    sent = {"content": body} if isinstance(body, bytes) else {"json": body}
    answer = await api.post(path, **sent)
    assert answer.status_code == status, answer.text
    assert words in answer.text
    told = answer.json()
    assert told["error"]["code"] if path.startswith("/v1/") else told["code"] and told["hint"]
    assert app.runtime.store.interactions.total(DEFAULT_WORKSPACE) == before


@pytest.mark.parametrize(
    ("mood", "status"),
    [
        ("busy", 429),
        ("broken", 502),
        ("down", 502),
        ("denied", 401),
        ("html", 502),
        ("nan", 502),
        ("deep", 502),
    ],
)
async def test_a_provider_that_fails_is_told_and_recorded(
    api: httpx2.AsyncClient, app: App, provider: FakeProvider, mood: Any, status: int
) -> None:
    provider.moods = [mood]
    answer = await api.post("/v1/chat/completions", json={"model": "support", "messages": HI})
    assert answer.status_code == status, answer.text
    [kept] = app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)
    assert kept.error
    outcome = app.runtime.store.outcomes.of(DEFAULT_WORKSPACE, [kept.id])[kept.id]
    assert outcome.status == Status.FAILURE


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/embeddings"])
@pytest.mark.parametrize("model", ["support", "auto"])
@pytest.mark.parametrize("stream", [False, True])
async def test_a_key_that_the_provider_refuses_is_told_as_that_of_the_model(
    api: httpx2.AsyncClient, provider: FakeProvider, path: str, model: str, stream: bool
) -> None:
    provider.moods = ["denied"] * 3
    asked = {"model": model, "messages": HI, "input": "Hi", "stream": stream, "max_tokens": 9}
    if path == "/v1/embeddings":
        asked.pop("stream")
    answer = await api.post(path, json=asked)
    assert answer.status_code == 401, answer.text
    error = answer.json()["error"]
    assert "Model gpt: Status 401" in error["message"]
    assert "kept for this model" in error["message"]
    assert path == "/v1/messages" or error["code"] == "provider_auth_failed"


async def test_what_a_provider_refuses_comes_back_with_its_status_and_is_recorded(
    api: httpx2.AsyncClient, app: App, provider: FakeProvider
) -> None:
    provider.moods = ["refused"]
    answer = await api.post("/v1/chat/completions", json={"model": "support", "messages": HI})
    assert (answer.status_code, "max_tokens must be" in answer.text) == (400, True)
    assert len(provider.calls) == 1  # asking again would not help
    [kept] = app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)
    assert kept.error


@pytest.mark.parametrize("stream", [False, True])
async def test_a_mistake_of_the_caller_on_a_local_agent_is_no_failure_of_the_agent(
    api: httpx2.AsyncClient,
    app: App,
    provider: FakeProvider,
    monkeypatch: pytest.MonkeyPatch,
    stream: bool,
) -> None:
    local = {"name": "local", "model": {"model": f"local:{MODEL}"}}
    assert (await api.post("/api/v1/agents", json=local)).status_code == 201
    monkeypatch.setattr(Hosts, "endpoint", lambda *_: HostEndpoint(provider.url, "base"))
    provider.moods = ["refused"]
    body = {"model": "local", "messages": HI, "max_tokens": "many", "stream": stream}
    answer = await api.post("/v1/chat/completions", json=body)
    assert answer.status_code == 400, answer.text
    assert app.runtime.store.interactions.total(DEFAULT_WORKSPACE) == 0


async def test_a_provider_that_is_busy_once_is_asked_again_under_the_same_id(
    api: httpx2.AsyncClient, provider: FakeProvider
) -> None:
    provider.moods = ["busy", "ok"]
    answer = await api.post("/v1/chat/completions", json={"model": "support", "messages": HI})
    assert answer.status_code == 200
    assert len(set(provider.calls)) == 1
    assert len(provider.calls) == 2


async def test_a_foreign_host_name_is_refused(api: httpx2.AsyncClient) -> None:
    assert (await api.get("/health", headers={"host": "evil.example"})).status_code == 400


async def test_the_openapi_document_can_be_had(api: httpx2.AsyncClient) -> None:
    paths = (await api.get("/openapi.json")).json()["paths"]
    assert {"/v1/chat/completions", "/api/v1/feedback", "/api/v1/cycles", "/health"} <= paths.keys()


@pytest.mark.parametrize("sent", [b'{"said":"\xff"}', rb'{"said":"\ud83d"}', b'{"deep":[{"said":"\xff"}]}'])
def test_an_answer_that_is_no_text_is_mended_before_it_is_passed_on(sent: bytes) -> None:
    passed = msgspec.json.decode(add_ids(sent, _routed()))
    assert "\ufffd" in str(passed)
    assert passed["id"] == "int_1"


def test_what_an_answer_holds_is_passed_on_to_the_letter() -> None:
    sent = b'{"id":"c1","usage":{"cost":0.10000000000000001, "n":12345678901234567890}}'
    passed = add_ids(sent, _routed())
    assert b'{"cost":0.10000000000000001, "n":12345678901234567890}' in passed
    assert b'"id":"int_1"' in passed


def _routed() -> RoutedRequest:
    asked = SimpleNamespace(dialect=CHAT, model="mock")
    return cast("RoutedRequest", SimpleNamespace(asked=asked, interaction="int_1"))
