"""Who answers a command? The server that owns the data folder, or this process in its place."""

import gc
import os
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from upspiral.cli.terminal import say_line
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

if TYPE_CHECKING:
    import httpx2

    from upspiral.app import App

T = TypeVar("T")
DATABASE = "upspiral.db"
SETTINGS = "upspiral.toml"
EVERYDAY = ("UPSPIRAL_DATA", "UPSPIRAL_DATABASE_URL", "UPSPIRAL_KEY", "UPSPIRAL_SPOOL", "UPSPIRAL_URL")
"""Variables that commands read themselves, or that the client library reads."""
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


class Api:
    """The REST API, wherever it is answered."""

    def __init__(self, client: "httpx2.AsyncClient", *, served: bool) -> None:
        self._client = client
        self.served = served
        """True where a running server answers, so that users can reach it too."""
        self.url = str(client.base_url).rstrip("/") if served else None
        """The address of that server."""

    @property
    def client(self) -> "httpx2.AsyncClient":
        """What speaks HTTP to it, with the key of this command."""
        return self._client

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask one route and give what it answers.

        Raises:
            UpspiralError: What the route said went wrong.
        """
        import httpx2

        try:
            response = await self._client.request(method, path, **more)
        except httpx2.HTTPError as error:
            raise Conflict(
                f"The server does not answer: {error!r}.", hint="Look whether it still runs."
            ) from error
        body = _read(response)
        if response.status_code < 400:
            return body
        said = (body.get("error") or {}).get("data") or body  # the door of tools tells errors as JSON-RPC
        raise KINDS.get(said.get("code", ""), UpspiralError)(said.get("title"), hint=said.get("hint", ""))

    async def ask_all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Read all of a list, page by page.

        Args:
            path: Of the route.
            **query: Its parameters; those that are None are left out.

        Raises:
            UpspiralError: What the route said went wrong.
        """
        params = {name: value for name, value in query.items() if value is not None}
        items: list[dict[str, Any]] = []
        while True:
            page = await self.ask("GET", path, params=params)
            items += page["items"]
            if page["next"] is None:
                return items
            params["after"] = page["next"]


def _read(response: "httpx2.Response") -> Any:
    """Read what an Upspiral server answered; something else may stand at its address.

    Raises:
        Conflict: It did not: a proxy, or another program.
    """
    address, status = response.url.copy_with(path="/", query=None), response.status_code
    if response.is_redirect:
        raise Conflict(
            f"{address} sends on to another address (status {status}); your key is not sent there.",
            hint="Name the address at which the server itself answers.",
        )
    try:
        body = response.json()
    except ValueError:
        body = None
    if body is None or (status >= 400 and not isinstance(body, dict)):
        raise Conflict(
            f"What answers at {address} is no Upspiral server (status {status}, and not its JSON).",
            hint="Check the address, and what stands on the way to it, such as a proxy.",
        )
    return body


def route(template: str, *names: str) -> str:
    """Put names into the path of a route.

    >>> route("/api/v1/agents/{}/versions", "a b/c")
    '/api/v1/agents/a%20b%2Fc/versions'
    """
    return template.format(*(quote(name, safe="", errors="replace") for name in names))


def run(task: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine."""
    import anyio

    async def main() -> T:
        return await task

    return anyio.run(main)


def request(
    method: str,
    path: str,
    data: Path | None,
    database: str | None,
    *,
    creates: bool = False,
    **sent: Any,
) -> Any:
    """Ask one thing of the API and give the answer: all that most commands do.

    Args:
        method: GET, POST, PUT or DELETE.
        path: Of the route.
        data: The data folder; None for the setting.
        database: A server's address, or a database; None for the setting.
        creates: Is the data folder made where it is missing?
        **sent: ``params`` or ``json``.
    """

    async def task() -> Any:
        async with door(data, database, creates=creates) as api:
            return await api.ask(method, path, **sent)

    return run(task())


def request_list(path: str, data: Path | None, database: str | None, **query: Any) -> list[dict[str, Any]]:
    """Ask for all of a list, page by page.

    Args:
        path: Of the route.
        data: The data folder; None for the setting.
        database: A server's address, or a database; None for the setting.
        **query: Parameters of the route; those that are None are left out.
    """

    async def task() -> list[dict[str, Any]]:
        async with door(data, database) as api:
            return await api.ask_all(path, **query)

    return run(task())


@asynccontextmanager
async def door(
    data: Path | None, database: str | None, *, creates: bool = False, nights: bool = False
) -> AsyncIterator[Api]:
    """Open the way to the API.

    Args:
        data: The data folder; None for the setting.
        database: A server's ``http(s)://`` address, or a database; None for the setting.
        creates: Is the data folder made where it is missing?
        nights: May it start a night? Only one process at a time may; any number may read.

    Raises:
        NotFound: There is no data folder, or nothing in it, and it is not to be made.
    """
    folder = data or Path(DEFAULT_DATA)
    url = find_server(data, database)
    if url:
        named = find_named_server(data, database) is not None
        async with _connect_remote(url, folder, named=named) as client:
            yield Api(client, served=True)
        return
    if not creates and not database:
        check_recorded(folder, whole=not nights)
    async with _connect_here(data, database, nights) as client:
        yield Api(client, served=False)


@contextmanager
def open_app(data: Path | None, database: str | None) -> Iterator["App"]:
    """Open a database in this process, for a command that reads it without the REST API.

    The REST API takes as long to import as everything else does.

    Args:
        data: The data folder; None for the setting.
        database: A database; None for the setting.

    Raises:
        NotFound: There is no data folder, or nothing in it.
    """
    if not database:
        check_recorded(data or Path(DEFAULT_DATA))
    with keep_imports():
        from upspiral.app import App
        from upspiral.config import load
    with App(load(data=data, database_url=database), nights=False) as app:
        yield app


def find_file(data: Path | None, database: str | None) -> Path | None:
    """Give the database file of a data folder; None where a setting may name another store."""
    folder, harmless = data or Path(DEFAULT_DATA), {*EVERYDAY} - {"UPSPIRAL_DATABASE_URL"}
    set_here = {name.upper() for name in os.environ if name.upper().startswith("UPSPIRAL_")}
    if database or not set_here <= harmless or (folder / SETTINGS).exists():
        return None
    file = folder / DATABASE
    return file if file.is_file() else None


def check_variables(environment: Mapping[str, str]) -> None:
    """See that every variable with our prefix is one that something reads.

    The settings are only imported where a variable could be one of them.

    Raises:
        ConfigError: Names the variable, and the setting that is most like it.
    """
    if any(name.upper().startswith("UPSPIRAL_") and name not in EVERYDAY for name in environment):
        from upspiral.config import Settings
        from upspiral.config_sources import check_environment

        check_environment(Settings, environment)


def find_server(data: Path | None, database: str | None) -> str | None:
    """Give the address of the server that answers: one that the user named, or that of the data folder."""
    return find_named_server(data, database) or running_server(data or Path(DEFAULT_DATA))


def find_named_server(data: Path | None, database: str | None) -> str | None:
    """Give the address of the server that the user named: by option, or by ``UPSPIRAL_URL``."""
    if database and database.startswith(("http://", "https://")):
        return database
    named = os.environ.get("UPSPIRAL_URL")
    on_the_line = data is not None and str(data) != os.environ.get("UPSPIRAL_DATA")
    return named if named and not database and not on_the_line else None


def is_empty(data: Path, database: str | None) -> bool:
    """Say whether a data folder is there, but holds no database, and nothing names another."""
    if find_named_server(data, database) or database or not data.is_dir() or running_server(data):
        return False
    if (data / DATABASE).exists():
        return False
    if (data / SETTINGS).exists():
        from upspiral.config import load

        return load(data=data).database_url is None
    return True


def check_recorded(data: Path, *, whole: bool = True) -> None:
    """See that there is a data folder, and that it holds anything.

    Args:
        data: The folder.
        whole: Must it hold a database?

    Raises:
        NotFound: Names the folder in full.
    """
    if not data.is_dir():
        raise NotFound(
            f"There is no data folder {data.absolute()}.",
            hint="Name another with --data or UPSPIRAL_DATA; `upspiral agents create` or `serve` makes one.",
        )
    if whole and is_empty(data, None):
        raise NotFound(
            f"Nothing is recorded yet in {data.absolute()}.",
            hint="Make an agent with `upspiral agents create`, or `upspiral import` what happened elsewhere.",
        )


def _connect_remote(url: str, data: Path, *, named: bool) -> "httpx2.AsyncClient":
    import httpx2

    headers = key_for(url, data, named=named)
    return httpx2.AsyncClient(base_url=url, timeout=None, trust_env=False, headers=headers)


@contextmanager
def keep_imports() -> Iterator[None]:
    """Keep what is imported meanwhile out of the search for garbage.

    Modules are none, and looking for it, meanwhile and at the end, takes a fifth of a short command's time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@asynccontextmanager
async def _connect_here(
    data: Path | None, database: str | None, nights: bool
) -> AsyncIterator["httpx2.AsyncClient"]:
    with keep_imports():
        import anyio
        import httpx2

        from upspiral.app import App
        from upspiral.config import load
        from upspiral.config_sources import notices
        from upspiral.server.app import create_app

    settings = load(data=data, database_url=database)
    for notice in notices(settings, os.environ, folder=settings.data) if nights else ():
        say_line(notice, to_error=True)
    app = App(settings, nights=False)
    await anyio.to_thread.run_sync(app.__enter__)  # the durable engine refuses to work in an event loop
    try:
        transport = httpx2.ASGITransport(create_app(app))
        headers = {"authorization": f"Bearer {folder_key(app.settings.data)}"}
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", timeout=None, headers=headers
        ) as client:
            yield client
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(app.__exit__)
