"""Who answers a command? The server that owns the data folder, or this process in its place."""

import json
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx2

from upspiral.errors import Conflict, InvalidInput, NotFound, StoreError, UpspiralError

T = TypeVar("T")
RECORD = "server.json"
DEFAULT_DATA = "upspiral-data"
KINDS: dict[str, type[UpspiralError]] = {
    "not_found": NotFound,
    "conflict": Conflict,
    "invalid_input": InvalidInput,
    "store_error": StoreError,
}


class Door:
    """The REST API, wherever it is answered."""

    def __init__(self, client: httpx2.AsyncClient, *, served: bool) -> None:
        self._client = client
        self.served = served
        """True where a running server answers, so that users can reach it too."""

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask one route and give what it answers.

        Raises:
            UpspiralError: What the route said went wrong.
        """
        try:
            response = await self._client.request(method, path, **more)
        except httpx2.HTTPError as error:
            raise Conflict(
                f"The server does not answer: {error!r}.", hint="Look whether it still runs."
            ) from error
        body = response.json()
        if response.status_code < 400:
            return body
        raise KINDS.get(body.get("code", ""), UpspiralError)(body.get("title"), hint=body.get("hint", ""))


def run(task: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine."""

    async def main() -> T:
        return await task

    return anyio.run(main)


@asynccontextmanager
async def door(data: Path | None, database: str | None) -> AsyncIterator[Door]:
    """Open the way to the API.

    Args:
        data: The data folder; None for the setting.
        database: A server's ``http(s)://`` address, or a database; None for the setting.
    """
    if database and database.startswith(("http://", "https://")):
        async with _remote(database) as client:
            yield Door(client, served=True)
        return
    url = running_server(data or Path(DEFAULT_DATA))
    if url:
        async with _remote(url) as client:
            yield Door(client, served=True)
        return
    async with _here(data, database) as client:
        yield Door(client, served=False)


def running_server(data: Path) -> str | None:
    """Give the address of the server that owns the data folder; None where none runs."""
    try:
        record = json.loads((data / RECORD).read_text())
        os.kill(int(record["pid"]), 0)
        return str(record["url"])
    except (OSError, ValueError, KeyError):
        return None


def _remote(url: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=url, timeout=None, trust_env=False)


@asynccontextmanager
async def _here(data: Path | None, database: str | None) -> AsyncIterator[httpx2.AsyncClient]:
    from upspiral.app import Upspiral
    from upspiral.config import load
    from upspiral.server.app import create_app

    with Upspiral(load(data=data, database_url=database)) as spiral:
        transport = httpx2.ASGITransport(create_app(spiral))
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://upspiral", timeout=None
        ) as client:
            yield client
