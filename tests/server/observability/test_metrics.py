"""Who may read /metrics, and what of it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families as parse

from upspiral.admin.keys import make_key
from upspiral.app import App
from upspiral.config import load
from upspiral.domain import Scope
from upspiral.domain.ids import WorkspaceId
from upspiral.server.app import create_app

pytestmark = pytest.mark.anyio
Connect = Callable[..., AbstractAsyncContextManager[httpx2.AsyncClient]]


def connect(app: App, *, peer: str = "127.0.0.1") -> httpx2.AsyncClient:
    """Give a client without a key that asks from an address."""
    transport = httpx2.ASGITransport(create_app(app), client=(peer, 5000))
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1")


@asynccontextmanager
async def served(data: Path, who: str) -> AsyncIterator[httpx2.AsyncClient]:
    with App(load(data=data, server={"metrics": who}), nights=False) as app:
        async with connect(app) as client:
            yield client


def key(app: App, *scopes: Scope, workspace: str = "default") -> dict[str, str]:
    text, _ = make_key(
        app.runtime.store, WorkspaceId(workspace), name="t", scopes=scopes, now=app.runtime.now()
    )
    return {"authorization": f"Bearer {text}"}


async def test_a_program_on_this_machine_needs_no_key(app: App) -> None:
    async with connect(app) as here:
        answer = await here.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "upspiral_store_up" in {one.name for one in parse(answer.text)}


@pytest.mark.parametrize(
    "header", ["x-forwarded-for", "forwarded", "via", "x-real-ip", "x-forwarded-host", "x-forwarded-proto"]
)
async def test_a_request_that_a_proxy_passes_on_needs_one(app: App, header: str) -> None:
    async with connect(app) as here:
        assert (await here.get("/metrics", headers={header: "10.0.0.1"})).status_code == 401


async def test_another_machine_needs_one(app: App) -> None:
    async with connect(app, peer="10.0.0.5") as there:
        assert (await there.get("/metrics")).status_code == 401
        assert (await there.get("/metrics", headers=key(app, Scope.INGEST))).status_code == 403
        assert (await there.get("/metrics", headers=key(app, Scope.READ))).status_code == 200


async def test_a_page_of_a_browser_on_this_machine_needs_one(app: App) -> None:
    async with connect(app) as here:
        assert (await here.get("/metrics", headers={"origin": "http://evil.example"})).status_code == 401


async def test_a_wrong_key_is_refused_even_here(app: App) -> None:
    async with connect(app) as here:
        assert (await here.get("/metrics", headers={"authorization": "Bearer wrong"})).status_code == 401


async def test_a_key_of_another_workspace_sees_nothing_of_the_process(app: App) -> None:
    async with connect(app) as here:
        theirs = await here.get("/metrics", headers=key(app, Scope.READ, workspace="other"))
    assert (theirs.status_code, theirs.text) == (200, "")


async def test_the_setting_asks_everybody_for_a_key_or_takes_the_path_away(data: Path) -> None:
    async with served(data, "key") as here:
        assert (await here.get("/metrics")).status_code == 401
    async with served(data, "off") as here:
        assert (await here.get("/metrics")).status_code == 404
