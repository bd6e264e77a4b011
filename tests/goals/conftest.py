"""What the attacks use: fresh folders, a client within the process, and a listener that nothing may reach."""

import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Self

import httpx2
import pytest

from upspiral.admin.keys import make_key
from upspiral.app import App
from upspiral.domain import Scope
from upspiral.domain.ids import WorkspaceId
from upspiral.server.app import create_app


@pytest.fixture
def fresh_folder(tmp_path: Path, migrated_file: Path) -> Callable[[int], Path]:
    """Gives each round a data folder of its own; the ones before it are deleted."""

    def make(number: int) -> Path:
        for old in tmp_path.glob("round-*"):
            shutil.rmtree(old)
        folder = tmp_path / f"round-{number}"
        folder.mkdir()
        shutil.copyfile(migrated_file, folder / "upspiral.db")
        return folder

    return make


def connect(app: App, key: str | None = None, *, own: bool = True) -> httpx2.AsyncClient:
    """Give a client of an app in this process, with the key of the local commands unless told otherwise."""
    text = key or ((app.settings.data / "key").read_text().strip() if own else "")
    transport = httpx2.ASGITransport(create_app(app), raise_app_exceptions=False, client=("10.0.0.5", 5000))
    headers = {"authorization": f"Bearer {text}"} if text else {}
    return httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=headers, timeout=600)


def make_text_key(app: App, *scopes: Scope, workspace: str = "default") -> str:
    """Make a key."""
    now = app.runtime.now()
    return make_key(app.runtime.store, WorkspaceId(workspace), name="goal", scopes=scopes, now=now)[0]


class Canary:
    """Listens on loopback and counts who connects: nobody should."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.connections = 0
        self._thread = Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            connection.close()


@pytest.fixture
def canary() -> Iterator[Canary]:
    """A listener that nothing may reach."""
    with Canary() as listening:
        yield listening
