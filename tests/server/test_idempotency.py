"""A writing request with an idempotency key is done once: repeated, in parallel, and on two servers."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace
from starlette.types import Message, Scope
from tests.conftest import fresh_database

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.server.app import create_app
from upspiral.server.idempotency import LEASE
from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio
RECORDS = "/api/v1/interactions"
ASKED = {"messages": [{"role": "user", "content": "Where is it?"}]}


@pytest.fixture(params=["sqlite", "postgres"])
def servers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[App]]:
    """One server on SQLite, or two on one PostgreSQL."""
    url = None if request.param == "sqlite" else fresh_database(request.getfixturevalue("postgres_url"))
    with ExitStack() as opened:
        folders = [tmp_path / "one"] if url is None else [tmp_path / "one", tmp_path / "two"]
        yield [opened.enter_context(App(load(data=one, database_url=url))) for one in folders]


@pytest.fixture
async def clients(servers: list[App]) -> AsyncIterator[list[httpx2.AsyncClient]]:
    """A client of each, with one key."""
    key = (servers[0].settings.data / "key").read_text().strip()
    async with AsyncExitStack() as opened:
        yield [await opened.enter_async_context(_client(one, key)) for one in servers]


def _client(app: App, key: str, wrapped: Any = None) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(wrapped or create_app(app), raise_app_exceptions=False)
    headers = {"authorization": f"Bearer {key}"}
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers, timeout=120)


def _named(key: str) -> dict[str, str]:
    return {"idempotency-key": key}


def _rows(app: App, agent: str) -> int:
    return len(app.runtime.store.interactions.latest(DEFAULT_WORKSPACE, AgentId(agent)))


async def test_parallel_sends_of_one_key_are_done_once_and_all_get_its_answer(
    servers: list[App], clients: list[httpx2.AsyncClient]
) -> None:
    async def send(number: int, client: httpx2.AsyncClient) -> httpx2.Response:
        body = {"agent": f"agent-{number}", **ASKED}
        return await client.post(RECORDS, json=body, headers=_named(f"key-{number}"))

    sends = [send(number, client) for number in range(15) for client in clients * 4]
    answers = await asyncio.gather(*sends)
    assert {one.status_code for one in answers} == {201}
    for number in range(15):
        assert _rows(servers[0], f"agent-{number}") == 1
    assert len({one.json()["id"] for one in answers}) == 15
    replayed = [one for one in answers if one.headers.get("idempotency-replayed")]
    assert len(replayed) == len(answers) - 15


async def test_a_key_made_in_parallel_is_made_once_shown_once_and_kept_nowhere(
    servers: list[App], clients: list[httpx2.AsyncClient]
) -> None:
    body = {"name": "shop", "scopes": ["read"]}
    sends = [client.post("/api/v1/keys", json=body, headers=_named("k")) for client in clients * 3]
    answers = await asyncio.gather(*sends)
    [made] = [one.json() for one in answers if one.status_code == 201]
    assert {one.status_code for one in answers} == {201, 409}
    assert [key.name for key in servers[0].runtime.store.keys.of(DEFAULT_WORKSPACE)].count("shop") == 1
    again = await clients[0].post("/api/v1/keys", json=body, headers=_named("k"))
    assert made["id"] in again.text
    assert made["key"] not in again.text
    for one in servers[0].runtime.store.attempts.list_rows(DEFAULT_WORKSPACE):
        assert made["key"] not in one.answer
    for path in servers[0].settings.data.rglob("*"):
        assert not path.is_file() or made["key"].encode() not in path.read_bytes()


async def test_another_body_or_another_query_under_the_same_key_is_refused(
    clients: list[httpx2.AsyncClient],
) -> None:
    api = clients[0]
    assert (await api.post(RECORDS, json={"agent": "a", **ASKED}, headers=_named("x"))).status_code == 201
    other = await api.post(RECORDS, json={"agent": "b", **ASKED}, headers=_named("x"))
    assert other.status_code == 422
    query = await api.post(f"{RECORDS}?b=1", json={"agent": "a", **ASKED}, headers=_named("x"))
    assert query.status_code == 422


async def test_what_failed_is_not_remembered(servers: list[App], clients: list[httpx2.AsyncClient]) -> None:
    api = clients[0]
    signal = {"interaction": "late", "thumbs": "up"}
    assert (await api.post("/api/v1/feedback", json=signal, headers=_named("f"))).status_code == 404
    assert (await api.post(RECORDS, json={"agent": "a"}, headers=_named("r"))).status_code == 422
    first = await api.post(RECORDS, json={"agent": "a", "id": "late", **ASKED}, headers=_named("r"))
    assert first.status_code == 201, first.text
    given = await api.post("/api/v1/feedback", json=signal, headers=_named("f"))
    assert given.status_code == 201, given.text
    assert servers[0].runtime.store.feedback.total(DEFAULT_WORKSPACE) == 1


async def test_half_a_body_is_no_request(servers: list[App], clients: list[httpx2.AsyncClient]) -> None:
    api, app = clients[0], create_app(servers[0])
    body = json.dumps({"agent": "half", **ASKED}).encode()
    messages: list[Message] = [{"type": "http.request", "body": body[:20], "more_body": True}]
    sent: list[Message] = []

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    headers = {
        **api.headers,
        "host": "127.0.0.1",
        "idempotency-key": "half",
        "content-type": "application/json",
    }
    scope: Scope = {
        "type": "http",
        "method": "POST",
        "path": RECORDS,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }
    await app(scope, receive, send)
    assert sent == []
    whole = {"idempotency-key": "half", "content-type": "application/json"}
    answer = await api.post(RECORDS, content=body, headers=whole)
    assert answer.status_code == 201, answer.text
    assert _rows(servers[0], "half") == 1


async def test_an_answer_that_is_too_long_to_be_kept_is_read_again(clients: list[httpx2.AsyncClient]) -> None:
    body = {"agent": "a", "answer": "y" * 600_000, "messages": [{"role": "user", "content": "x" * 600_000}]}
    first, again = [await clients[0].post(RECORDS, json=body, headers=_named("big")) for _ in range(2)]
    assert first.status_code == again.status_code == 201
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()


async def test_a_claim_of_a_killed_server_blocks_its_key_until_the_lease_ends(
    servers: list[App], clients: list[httpx2.AsyncClient]
) -> None:
    runtime, api, url = servers[0].runtime, clients[-1], "/api/v1/learning/learning-cycles/trigger"
    answer = await api.post(url, json={}, headers=_named("cycle"))
    assert answer.status_code == 201, answer.text
    [done] = [one for one in runtime.store.attempts.list_rows(DEFAULT_WORKSPACE) if one.status]
    left = {"status": None, "answer": "", "owner": "killed", "until": runtime.now() + timedelta(seconds=20)}
    runtime.store.attempts.upsert(replace(done, **left))
    blocked = await api.post(url, json={}, headers=_named("cycle"))
    assert blocked.status_code == 409
    assert blocked.headers["retry-after"]
    runtime.store.attempts.upsert(replace(done, **left | {"until": runtime.now() - timedelta(seconds=1)}))
    assert (await api.post(url, json={}, headers=_named("cycle"))).status_code == 201
    assert timedelta(minutes=1) > LEASE


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    """A model behind the gateway."""
    with FakeProvider() as opened:
        yield opened


def _support(app: App, provider: FakeProvider) -> None:
    spec = ModelSpec("openai-compatible:m", provider.url, None)
    create_agent(app.runtime, DEFAULT_WORKSPACE, AgentId("support"), model=spec)


async def test_the_gateway_asks_the_model_once_and_gives_the_kept_answer(
    servers: list[App], clients: list[httpx2.AsyncClient], provider: FakeProvider
) -> None:
    _support(servers[0], provider)
    body = {"model": "support", **ASKED}
    answers = [
        await client.post("/v1/chat/completions", json=body, headers=_named("gw")) for client in clients * 3
    ]
    assert {one.status_code for one in answers} == {200}, answers[-1].text
    assert len(provider.calls) == 1
    assert {one.content for one in answers} == {answers[0].content}
    assert {one.headers["x-upspiral-interaction"] for one in answers} == {answers[0].json()["id"]}
    assert _rows(servers[0], "support") == 1


async def test_a_complete_stream_is_given_again_and_the_model_is_asked_once(
    servers: list[App], clients: list[httpx2.AsyncClient], provider: FakeProvider
) -> None:
    _support(servers[0], provider)
    body = {"model": "support", "stream": True, **ASKED}
    first, again = [
        await clients[0].post("/v1/chat/completions", json=body, headers=_named("s")) for _ in range(2)
    ]
    assert first.content == again.content
    assert b"[DONE]" in again.content
    assert again.headers["content-type"].startswith("text/event-stream")
    assert len(provider.calls) == 1


async def test_traces_that_come_twice_are_answered_alike(clients: list[httpx2.AsyncClient]) -> None:
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "", "spanId": "1"}]}]}]}
    first, again = [await clients[0].post("/v1/traces", json=body, headers=_named("t")) for _ in range(2)]
    assert first.status_code == again.status_code == 200
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"


async def test_requests_with_and_without_a_key_wait_while_the_database_is_locked(data: Path) -> None:
    with App(load(data=data)) as app:
        key = (app.settings.data / "key").read_text().strip()
        other = sqlite3.connect(app.settings.data / "upspiral.db", check_same_thread=False)
        async with _client(app, key) as api:
            other.execute("BEGIN EXCLUSIVE")
            asyncio.get_running_loop().call_later(7, other.rollback)
            sends = [
                api.post(RECORDS, json={"agent": f"a{number}", **ASKED}, headers=headers)
                for number, headers in enumerate(({}, _named("one"), _named("two")))
            ]
            assert [one.status_code for one in await asyncio.gather(*sends)] == [201] * 3
