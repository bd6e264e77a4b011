"""How is a SQLite database copied while others write to it?"""

import sqlite3
from contextlib import closing
from pathlib import Path

from upspiral.errors import StoreError
from upspiral.own_files import make_own_file

BUSY_TIMEOUT_MS = 30_000


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment; whoever writes to it is not held up.

    Args:
        source: The file, which may be in use; its write-ahead log is read with it.
        target: A file that is not there yet; it is whole without a log beside it.

    Raises:
        StoreError: It cannot be read, or there is no room for the copy.
    """
    make_own_file(target)
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as here,
            closing(sqlite3.connect(target)) as there,
        ):
            here.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
            here.backup(there)  # all pages in one step, so that they are of one moment
            there.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise StoreError(
            f"{source} cannot be copied: {error}.",
            hint="See whether the disk is full; `upspiral doctor` reads the whole file.",
        ) from error
