"""Is there room on the disk, and what can still be done where there is none? A reserved file is given up."""

import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from upspiral.errors import StoreError
from upspiral.logs import get_logger

T = TypeVar("T")

RESERVE_FILE = "reserve"
MIN_RESERVE_BYTES = 2_000_000
MAX_RESERVE_BYTES = 64_000_000
RESERVE_SHARE = 0.5
"""Of what the folder's own files take: deleting writes each page that it touches once more."""
MIN_FREE_BYTES = 4_000_000
"""With less than this nothing new is begun whose result would have to be kept."""

CHECK_INTERVAL_S = 0.5
"""Room that was there is taken to be there for so long: a server asks before each request."""

log = get_logger(__name__)


class DiskReserve:
    """A file that does nothing but take room, so that forgetting works where the disk is full.

    SQLite needs room to delete, too: without a reserve a full disk could not be emptied by it.
    """

    def __init__(self, folder: Path) -> None:
        """Look after the disk of a folder; nothing is written yet.

        Args:
            folder: Where the store is.
        """
        self._folder = folder
        self._file = folder / RESERVE_FILE
        self._fine_until = 0.0

    def free(self) -> int:
        """Bytes that may still be written."""
        with suppress(OSError):
            return shutil.disk_usage(self._folder).free
        return MIN_FREE_BYTES  # no such folder any more: the store itself tells what is wrong

    def problem(self) -> str | None:
        """Say in words that there is no room; None where there is."""
        free = self.free()
        return None if free >= MIN_FREE_BYTES else f"The disk is full: {free / 1e6:.1f} MB are free."

    def check(self) -> None:
        """Refuse what would have to be kept and could not.

        Raises:
            StoreError: There is no room.
        """
        if time.monotonic() < self._fine_until:
            return
        if problem := self.problem():
            raise StoreError(problem, hint="Free some space; nothing acknowledged is lost.")
        self._fine_until = time.monotonic() + CHECK_INTERVAL_S

    def begin(self) -> None:
        """Take the reserve, or give it up where there is no room to start in.

        Raises:
            StoreError: There is no room, and no reserve to give up.
        """
        if self.free() < MIN_FREE_BYTES and self.release() == 0:
            place = f"The disk of {self._folder} is full: {self.free() / 1e6:.1f} MB are free."
            raise StoreError(place, hint="Free some space and start again; nothing acknowledged is lost.")
        self.take()

    def take(self) -> None:
        """Reserve room in keeping with what the store holds, where there is plenty."""
        size = self._size()
        if self._has(size) or self.free() < 4 * size + MIN_FREE_BYTES:
            return
        try:
            handle = os.open(self._file, os.O_CREAT | os.O_WRONLY, 0o600)
            try:
                os.posix_fallocate(handle, 0, size)
            finally:
                os.close(handle)
        except OSError as error:
            log.warning("no room could be reserved", error=str(error))
            self._file.unlink(missing_ok=True)

    def _size(self) -> int:
        """Bytes to reserve, by the size of the files beside it."""
        held = 0
        for file in self._folder.iterdir():
            with suppress(OSError):  # a journal of the database may go meanwhile
                held += file.stat().st_size if file.is_file() and file != self._file else 0
        return int(min(MAX_RESERVE_BYTES, max(MIN_RESERVE_BYTES, RESERVE_SHARE * held)))

    def _has(self, size: int) -> bool:
        with suppress(OSError):
            return self._file.stat().st_size >= size
        return False

    def release(self) -> int:
        """Give the reserve up; give how many bytes that frees."""
        with suppress(OSError):
            size = self._file.stat().st_size
            self._file.unlink()
            log.warning("the disk is full; the reserved file was given up", bytes=size)
            return size
        return 0

    def spend(self, do: Callable[[], T]) -> T:
        """Do what makes room or must not wait, on the reserve where the disk is full.

        Args:
            do: Writes through the store; must bear being done again after nothing of it was kept.

        Raises:
            StoreError: There is not even room for this.
        """
        try:
            return do()
        except StoreError:
            if self.free() >= MIN_FREE_BYTES or not self.release():
                raise
        return do()
