"""An app with agents that each say one thing."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.serving.house import House

from upspiral.app import App
from upspiral.config import load
from upspiral.server.app import create_app


@pytest.fixture
def route() -> dict[str, Any]:
    return {}


@pytest.fixture
def app(data: Path, route: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[App]:
    given = getattr(request, "param", {})
    with App(load(data=data, route={**route, **given}), nights=False) as opened:
        yield opened


@pytest.fixture
async def house(app: App) -> AsyncIterator[House]:
    with ExitStack() as stack:
        made = House(app, stack)
        mine = {"authorization": f"Bearer {(app.settings.data / 'key').read_text().strip()}"}
        transport = httpx2.ASGITransport(create_app(app), raise_app_exceptions=False)
        async with AsyncExitStack() as waiting:
            made.api = await waiting.enter_async_context(
                httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=mine)
            )
            yield made
