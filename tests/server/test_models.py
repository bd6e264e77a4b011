"""Who says where a model lives, and who may only choose."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.admin.keys import make_key
from upspiral.app import App
from upspiral.domain import Scope
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.projections.served import MAX_SNAPSHOT_AGE_S
from upspiral.server.app import create_app
from upspiral.testing.provider import FakeProvider

MODEL = Path(__file__).parents[2] / "examples/support_desk/model"
pytestmark = pytest.mark.anyio


@pytest.fixture
async def others(app: App) -> AsyncIterator[list[httpx2.AsyncClient]]:
    """Clients of everybody who administers no installation."""
    runtime = app.runtime
    runtime.store.workspaces.ensure(WorkspaceId("tenant-b"), runtime.now())
    operate, admin = [Scope.OPERATE, Scope.INGEST, Scope.READ], [Scope.ADMIN]
    program = create_app(app)
    clients = []
    for workspace, scopes in (("default", operate), ("tenant-b", operate), ("tenant-b", admin)):
        text, _ = make_key(runtime.store, WorkspaceId(workspace), name="k", scopes=scopes, now=runtime.now())
        clients.append(
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(program, raise_app_exceptions=False),
                base_url="http://127.0.0.1",
                headers={"authorization": f"Bearer {text}"},
            )
        )
    yield clients
    for client in clients:
        await client.aclose()


async def _create(api: httpx2.AsyncClient, name: str, **model: Any) -> httpx2.Response:
    return await api.post("/api/v1/agents", json={"name": name, "model": model})


async def _ask(api: httpx2.AsyncClient, agent: str) -> httpx2.Response:
    return await api.post(
        "/v1/chat/completions", json={"model": agent, "messages": [{"role": "user", "content": "q"}]}
    )


async def test_only_the_administrator_says_where_a_model_lives(
    api: httpx2.AsyncClient, others: list[httpx2.AsyncClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRIPE_LIVE_KEY", "canary")
    with FakeProvider() as provider:
        for number, other in enumerate(others):
            for model in (
                {"model": "openai-compatible:x", "url": provider.url},
                {"model": "vllm:x", "url": provider.url},
                {"model": "openai-compatible:x", "url": provider.url, "key_env": "STRIPE_LIVE_KEY"},
                {"model": "openai-compatible:x", "url": "https://api.openai.com/v1"},
                {"model": "openai-compatible:x", "url": "https://a.example", "key_env": "OPENAI_API_KEY"},
            ):
                answer = await _create(other, f"x{number}", **model)
                assert answer.status_code == 403, answer.text
        assert provider.calls == []
        assert (await _create(api, "mine", model="openai-compatible:gpt", url=provider.url)).is_success
        for number, other in enumerate(others):
            chosen = await _create(other, f"chosen{number}", model="openai-compatible:gpt")
            assert chosen.status_code == 201, chosen.text
            await asyncio.sleep(MAX_SNAPSHOT_AGE_S)
            assert (await _ask(other, f"chosen{number}")).status_code == 200
            wrong = await _create(other, "w", model="openai-compatible:gpt", key_env="OPENAI_API_KEY")
            assert wrong.status_code == 403
        assert len(provider.calls) == 3


async def test_a_teacher_is_chosen_by_the_same_rule(others: list[httpx2.AsyncClient]) -> None:
    for other in others:
        body = {
            "name": "t",
            "model": {"model": "openai-compatible:gpt"},
            "teacher": {"model": "openai-compatible:t", "url": "https://api.openai.com/v1"},
        }
        assert (await other.post("/api/v1/agents", json=body)).status_code == 403


async def test_no_answer_tells_which_folders_of_the_server_exist(
    api: httpx2.AsyncClient, others: list[httpx2.AsyncClient], tmp_path: Path
) -> None:
    shutil.copytree(MODEL, tmp_path / "base")
    assert (await _create(api, "local", model=f"local:{tmp_path / 'base'}")).status_code == 201
    for other in others:
        said = set()
        for folder in ("/etc", "/nonexistent", str(tmp_path), str(tmp_path / "other"), "/home/anna/.ssh"):
            answer = await _create(other, "l", model=f"local:{folder}")
            assert answer.status_code == 403
            said.add(answer.text.replace(folder, "FOLDER"))
        assert len(said) == 1
        assert str(tmp_path) not in said.pop()
    for number, other in enumerate(others):
        assert (await _create(other, f"l{number}", model="local:base")).status_code == 201
        said = set()
        for folder in ("/etc", "/nonexistent", "/etc/passwd", str(tmp_path)):
            answer = await other.post(
                "/api/v1/cycles", json={"agent": f"l{number}", "story": "deploy", "adapter": folder}
            )
            assert answer.status_code == 403
            said.add(answer.text)
        assert len(said) == 1


@pytest.mark.parametrize(
    ("url", "key_env"),
    [
        ("http://127.1:8876", None),
        ("http://user:pw@127.0.0.1:8876", None),
        ("http://127.0.0.1/admin?x=", None),
        ("file:///etc/passwd", None),
        ("http://127.0.0.1\r\nX: y", None),
        ("http://169.254.169.254/latest", None),
        ("http://[::ffff:169.254.169.254]", None),
        ("http://127.0.0.1:8875/v1", "STRIPE_LIVE_KEY"),
        ("http://127.0.0.1:8875/v1", "OPENAI_API_KEY"),
        ("https://api.openai.com.evil.example/v1", "OPENAI_API_KEY"),
    ],
)
async def test_what_cannot_be_right_is_refused_when_it_is_saved(
    api: httpx2.AsyncClient, url: str, key_env: str | None
) -> None:
    answer = await _create(api, "x", model="openai-compatible:x", url=url, key_env=key_env)
    assert answer.status_code == 422, answer.text
    assert "pw" not in answer.text


async def test_a_wrong_key_is_corrected_by_defining_the_model_with_another(
    api: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai")
    monkeypatch.setenv("UPSPIRAL_PROVIDERS_KEYS", "{}")
    url = "https://api.openai.com/v1"
    ids = []
    for name, key in (("a", None), ("b", "OPENAI_API_KEY"), ("c", "OPENAI_API_KEY")):
        await _create(api, name, model="openai-compatible:gpt", url=url, key_env=key)
        found = (await api.get(f"/api/v1/agents/{name}")).json()
        ids.append(found["versions"][0]["model"])
    assert ids[0] != ids[1] == ids[2]


async def test_a_row_of_another_workspace_does_not_lead_into_the_private_network(
    app: App, api: httpx2.AsyncClient, others: list[httpx2.AsyncClient]
) -> None:
    with FakeProvider() as provider:
        create_agent(  # as an older version let them
            app.runtime,
            WorkspaceId("tenant-b"),
            AgentId("old"),
            model=ModelSpec("openai-compatible:gpt", provider.url),
        )
        await asyncio.sleep(MAX_SNAPSHOT_AGE_S)
        answer = await _ask(others[1], "old")
        assert answer.status_code == 502
        assert provider.url not in answer.text
        assert provider.calls == []


async def test_an_upstreams_body_and_address_are_shown_to_the_administrator_only(
    api: httpx2.AsyncClient, others: list[httpx2.AsyncClient]
) -> None:
    with FakeProvider(moods=("html",)) as provider:
        await _create(api, "peek", model="openai-compatible:gpt", url=provider.url)
        await asyncio.sleep(MAX_SNAPSHOT_AGE_S)
        seen = (await _ask(api, "peek")).text
        assert "Bad gateway" in seen
        assert provider.url in seen
        hidden = (await _ask(others[0], "peek")).text
        assert "Bad gateway" not in hidden
        assert provider.url not in hidden
