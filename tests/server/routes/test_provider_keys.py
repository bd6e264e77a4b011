"""A provider's key is set once and then seen by its provider alone."""

import logging
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.responses import Response
from tests.server.conftest import client_of
from tests.server.scripted import ScriptedProvider, as_json

from upspiral.app import App
from upspiral.config import load
from upspiral.subprocess_env import child_environment

pytestmark = pytest.mark.anyio
NAME, KEY = "COMPANY_LLM_KEY", "sk-a-canary-that-nobody-sees"
PATH = f"/api/v1/provider-keys/{NAME}"
HI = {"model": "a", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def host() -> Iterator[ScriptedProvider]:
    with ScriptedProvider() as running:
        yield running


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    providers = {"keys": {NAME: ("127.0.0.1",)}}
    with App(load(data=data, providers=providers), nights=False) as opened:
        yield opened


async def make_agent(api: httpx2.AsyncClient, host: ScriptedProvider) -> httpx2.Response:
    model = {"model": "openai-compatible:m", "url": host.url, "key_env": NAME}
    return await api.post("/api/v1/agents", json={"name": "a", "model": model})


async def test_a_model_is_asked_with_the_sealed_key_until_it_is_removed(
    api: httpx2.AsyncClient, host: ScriptedProvider
) -> None:
    made = await make_agent(api, host)
    assert f"upspiral keys set-provider {NAME}" in made.json()["warnings"][0]
    assert (await api.post("/v1/chat/completions", json=HI)).status_code == 422
    told = await api.put(PATH, json={"key": KEY})
    assert (told.status_code, told.json()["is_used"]) == (200, True)
    assert (await api.post("/v1/chat/completions", json=HI)).status_code == 200
    assert host.headers[-1]["authorization"] == f"Bearer {KEY}"
    (agent,) = (await api.get("/api/v1/agents")).json()["items"]
    assert agent["can_answer"]
    assert (await api.delete(PATH)).status_code == 200
    assert (await api.post("/v1/chat/completions", json=HI)).status_code == 422
    assert (await api.delete(PATH)).status_code == 404


async def test_nobody_but_the_provider_sees_it(
    api: httpx2.AsyncClient, app: App, host: ScriptedProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await make_agent(api, host)
    told = [await api.put(PATH, json={"key": KEY}, headers={"idempotency-key": "k"}) for _ in range(2)]
    told += [await api.get("/api/v1/provider-keys"), await api.get("/api/v1/agents/a")]
    told += [await api.put(PATH, json={"key": f"{KEY} {KEY}"}), await api.put(PATH, json=[KEY])]
    host.script = lambda _body: quote_key()
    told.append(await api.post("/v1/chat/completions", json=HI))
    assert host.headers[-1]["authorization"] == f"Bearer {KEY}"
    assert not any(KEY in answer.text for answer in told)
    assert KEY not in caplog.text
    assert KEY not in str(child_environment())
    app.runtime.store.compact()
    written = [file for file in app.settings.data.rglob("*") if file.is_file()]
    assert len(written) > 1
    assert not [file for file in written if KEY.encode() in file.read_bytes()]


def quote_key() -> Response:
    return as_json({"error": {"message": f"Incorrect API key provided: {KEY}."}}, 401)


async def test_only_an_administrator_of_the_installation_may_keep_one(
    api: httpx2.AsyncClient, app: App
) -> None:
    body = {"name": "k", "scopes": ["admin"], "workspace": "other"}
    theirs = (await api.post("/api/v1/keys", json=body)).json()["key"]
    async with client_of(app) as client:
        client.headers["authorization"] = f"Bearer {theirs}"
        told = [
            await client.put(PATH, json={"key": KEY}),
            await client.get("/api/v1/provider-keys"),
            await client.delete(PATH),
        ]
    assert {one.status_code for one in told} == {403}


async def test_a_variable_that_is_set_where_the_server_runs_wins_and_that_is_told(
    api: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAME, "sk-of-the-environment")
    assert (await api.put(PATH, json={"key": KEY})).json()["is_used"] is False
