"""Who does what in a data folder at this moment? Whoever holds the lock of it; a kill frees every lock."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from upspiral.errors import Conflict
from upspiral.own_files import write_once

LOCK, EXECUTOR = "lock", "executor"
MAX_PLACES = 64
"""Workers that may share a data folder."""
LOCK_TRIES = 5
"""A command that asks whether the lock is held holds it for a moment itself."""


class Place(NamedTuple):
    """A place that this process holds."""

    lock: int
    """The open file; the place is free once it is closed."""
    executor: str
    """The name of whoever holds the place, the same at the next start: what was cut off goes on there."""


def take_place(folder: Path, *, shared: bool) -> Place:
    """Take a free place of a data folder.

    Args:
        folder: The data folder.
        shared: May several processes run nights in it? Not where its database is a file.

    Raises:
        Conflict: None is free.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, MAX_PLACES + 1 if shared else 2):
        ending = "" if number == 1 else f"-{number}"
        lock = _try_lock(folder / f"{LOCK}{ending}", tries=1 if shared else LOCK_TRIES)
        if lock is not None:
            return Place(lock, _read_executor(folder / f"{EXECUTOR}{ending}"))
    raise Conflict(
        f"Another process owns the data folder {folder}.",
        hint="Use its server, or stop it first; `upspiral status` shows it.",
    )


def read_folder_name(folder: Path) -> str:
    """Read the name of a data folder, which no other has; made at first use."""
    return _read_executor(folder / EXECUTOR)


@contextmanager
def hold_lock(path: Path) -> Iterator[bool]:
    """Hold the lock of a piece of work while it is done; gives False where somebody else holds it.

    Args:
        path: Named after the work; the file is gone once the work is done.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = _try_lock(path, tries=1)
    if handle is None:
        yield False
        return
    held = _is_still_named(handle, path)
    try:
        yield held
    finally:
        if held:
            path.unlink()
        os.close(handle)


def _is_still_named(handle: int, path: Path) -> bool:
    """Say whether an open file is the one of that name: whoever held it before may have deleted it since."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), path.stat())
    return False


def _try_lock(path: Path, *, tries: int) -> int | None:
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    for left in reversed(range(tries)):
        with suppress(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return handle
        if left:
            time.sleep(0.05)
    os.close(handle)
    return None


def _read_executor(path: Path) -> str:
    """Read the name that belongs to a place, made when it is first taken."""
    if not path.exists() or not path.read_text():
        path.unlink(missing_ok=True)
        write_once(path, f"upspiral-{os.urandom(8).hex()}".encode())
    return path.read_text()
