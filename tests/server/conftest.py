"""What every test of the server may use: an app that is open, and a client with its key."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from upspiral.app import Upspiral
from upspiral.config import load
from upspiral.server.app import create_app


@pytest.fixture
def anyio_backend() -> str:
    """The event loop that the server runs on."""
    return "asyncio"


@pytest.fixture
def spiral(tmp_path: Path) -> Iterator[Upspiral]:
    """An open app on a fresh data folder."""
    with Upspiral(load(data=tmp_path / "data")) as opened:
        yield opened


@pytest.fixture
async def api(spiral: Upspiral) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of its doors, with the key of the local commands."""
    key = (spiral.settings.data / "key").read_text().strip()
    transport = httpx2.ASGITransport(create_app(spiral), raise_app_exceptions=False)
    mine = {"authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=mine) as client:
        yield client
