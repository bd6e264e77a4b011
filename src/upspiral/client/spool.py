"""Where does what cannot be sent wait for the next start? A bounded JSONL file, private to its owner."""

import contextlib
import logging
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from upspiral.client.state import delete_expired, prepare_folder, state_folder
from upspiral.client.wire import ENDPOINTS, Item

try:
    import fcntl
except ImportError:  # Windows: one process per spool file
    fcntl = None  # type: ignore[assignment]

log = logging.getLogger("upspiral.client")

MOST_BYTES = 64 * 1024 * 1024


class Line(Struct, frozen=True):
    """One line of the file."""

    door: str
    body: msgspec.Raw


class Spool:
    """A file of Items. Several processes may share it; one at a time sends it."""

    def __init__(self, path: Path, most_bytes: int = MOST_BYTES) -> None:
        self._path, self._most_bytes = path, most_bytes
        self._sending = path.with_name(path.name + ".sending")
        self._lock = path.with_name(path.name + ".lock")
        self._held: int | None = None
        self.waiting = sum(1 for _ in _lines(self._sending)) + sum(1 for _ in _lines(path))
        """How many Items wait in it, as far as this process knows."""

    def add(self, items: Sequence[Item]) -> int:
        """Append Items, all on the disk when it returns; give how many there was room for."""
        file = self._open()
        try:
            size = os.fstat(file).st_size
            room = self._most_bytes - size - _size(self._sending)
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"  # somebody was killed while writing
            kept: list[bytes] = []
            for item in items:
                line = msgspec.json.encode(Line(item.door, msgspec.Raw(item.body))) + b"\n"
                room -= len(line)
                if room < 0:
                    break
                kept.append(line)
            with os.fdopen(os.dup(file), "ab") as out:
                out.writelines([b"\n" if torn else b"", *kept])
            os.fsync(file)
        finally:
            _unlock(file)
        self.waiting += len(kept)
        return len(kept)

    def claim(self) -> bool:
        """Take the file for sending; False where there is nothing, or another process is at it."""
        if not (self._sending.exists() or self._path.exists()):
            self.waiting = 0
            return False
        lock = os.open(self._lock, os.O_CREAT | os.O_RDWR, 0o600)
        if not _lock(lock, wait=False):
            os.close(lock)
            return False
        self._held = lock
        if not self._sending.exists():
            with contextlib.suppress(FileNotFoundError):
                os.replace(self._path, self._sending)
        return True

    def items(self) -> Iterator[tuple[int, Item]]:
        """Read what was claimed, each with its line's number from 1; damaged lines are passed over."""
        if self._sending.exists():
            file = os.open(self._sending, os.O_RDWR)
            _lock(file, wait=True)  # whoever was appending when it was taken has finished now
            _unlock(file)
        for number, line in enumerate(_lines(self._sending), start=1):
            with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError):
                read = msgspec.json.decode(line, type=Line)
                if read.door in ENDPOINTS:
                    yield number, Item(read.door, bytes(read.body))

    def release(self, *, done: int | None) -> None:
        """Let go of what was claimed; lines up to ``done`` are deleted, None is all of them."""
        left = [] if done is None else list(_lines(self._sending))[done:]
        if done != 0:
            rest = self._sending.with_name(self._sending.name + ".rest")
            rest.touch(0o600)
            rest.write_bytes(b"".join(left))
            os.replace(rest, self._sending)
        if not left:
            self._sending.unlink(missing_ok=True)
        self.waiting = len(left) + sum(1 for _ in _lines(self._path))
        if self._held is not None:
            _unlock(self._held)
            self._held = None

    def forget(self) -> None:
        """Close what was inherited by a fork; the parent goes on holding it."""
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def _open(self) -> int:
        if self._path.parent == state_folder(os.environ):
            prepare_folder(self._path.parent)
        else:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            file = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_APPEND, 0o600)
            _lock(file, wait=True)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file), os.stat(self._path)):
                    return file
            _unlock(file)  # it was claimed in between; begin a new one


def open_spool(path: Path) -> Spool | None:
    """Open a spool; None, and a warning, where its folder cannot be used.

    The user's state folder is cleared of what is too old on this occasion.
    """
    try:
        if path.parent == state_folder(os.environ) and path.parent.exists():
            prepare_folder(path.parent)
            for old in delete_expired(path.parent, time.time()):
                log.warning("%s was deleted: nothing was written to it for 30 days", old)
        return Spool(path)
    except OSError as error:
        log.warning("the spool %s cannot be used: %s; what cannot be sent waits in memory only", path, error)
        return None


def _lines(path: Path) -> Iterator[bytes]:
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        yield from file


def _size(path: Path) -> int:
    with contextlib.suppress(FileNotFoundError):
        return path.stat().st_size
    return 0


def _lock(file: int, *, wait: bool) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _unlock(file: int) -> None:
    # Unlocked by name, not by closing alone: a forked child may still hold a copy of the descriptor.
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_UN)
    os.close(file)
