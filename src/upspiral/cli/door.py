"""Who answers a command? The server that owns the data folder, or this process in its place."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx2

from upspiral.cli.trust import folder_key, key_for, running_server
from upspiral.errors import (
    ConfigError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    StoreError,
    Unauthorized,
    UpspiralError,
)

T = TypeVar("T")
DEFAULT_DATA = "upspiral-data"
KINDS: dict[str, type[UpspiralError]] = {
    "not_found": NotFound,
    "config_error": ConfigError,
    "conflict": Conflict,
    "invalid_input": InvalidInput,
    "store_error": StoreError,
    "unauthorized": Unauthorized,
    "forbidden": Forbidden,
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


def asked(method: str, path: str, data: Path | None, database: str | None, **sent: Any) -> Any:
    """Ask one thing of the API and give the answer: all that most commands do.

    Args:
        method: GET, POST, PUT or DELETE.
        path: Of the route.
        data: The data folder; None for the setting.
        database: A server's address, or a database; None for the setting.
        **sent: ``params`` or ``json``.
    """

    async def task() -> Any:
        async with door(data, database) as api:
            return await api.ask(method, path, **sent)

    return run(task())


@asynccontextmanager
async def door(data: Path | None, database: str | None) -> AsyncIterator[Door]:
    """Open the way to the API.

    Args:
        data: The data folder; None for the setting.
        database: A server's ``http(s)://`` address, or a database; None for the setting.
    """
    if database and database.startswith(("http://", "https://")):
        async with _remote(database, data or Path(DEFAULT_DATA), named=True) as client:
            yield Door(client, served=True)
        return
    url = running_server(data or Path(DEFAULT_DATA))
    if url:
        async with _remote(url, data or Path(DEFAULT_DATA), named=False) as client:
            yield Door(client, served=True)
        return
    async with _here(data, database) as client:
        yield Door(client, served=False)


def _remote(url: str, data: Path, *, named: bool) -> httpx2.AsyncClient:
    headers = key_for(url, data, named=named)
    return httpx2.AsyncClient(base_url=url, timeout=None, trust_env=False, headers=headers)


@asynccontextmanager
async def _here(data: Path | None, database: str | None) -> AsyncIterator[httpx2.AsyncClient]:
    from upspiral.app import Upspiral
    from upspiral.config import load
    from upspiral.server.app import create_app

    with Upspiral(load(data=data, database_url=database)) as spiral:
        transport = httpx2.ASGITransport(create_app(spiral))
        headers = {"authorization": f"Bearer {folder_key(spiral.settings.data)}"}
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", timeout=None, headers=headers
        ) as client:
            yield client
