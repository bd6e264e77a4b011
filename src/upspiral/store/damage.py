"""Is the file of the database whole? Asked when it is opened after an unclean end, and by the doctor."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from upspiral.logs import get_logger

LOG_HEADER, FRAME_HEADER = 32, 24
"""Bytes before the frames of a write-ahead log, and before the page in each (sqlite.org/fileformat2.html)."""
KEPT_SUFFIX = "-damaged"
"""Added to the name of the copy that is kept of a damaged write-ahead log."""

log = get_logger(__name__)


def path_of(url: str) -> Path | None:
    """Give the file of a SQLite database; None for one in memory or of another kind.

    >>> path_of("postgresql://localhost/upspiral") is None
    True
    """
    parts = make_url(url)
    is_file = parts.get_backend_name() == "sqlite" and parts.database not in (None, "", ":memory:")
    return Path(str(parts.database)) if is_file else None


def log_of(path: Path) -> Path:
    """Give the write-ahead log beside a database."""
    return path.with_name(path.name + "-wal")


def has_ended_uncleanly(path: Path) -> bool:
    """Say whether the last process to use a database was killed, or still uses it: its log is left."""
    wal = log_of(path)
    return wal.exists() and wal.stat().st_size > LOG_HEADER


def recover(path: Path) -> int:
    """Let SQLite take in the log that a killed process left, and see whether it takes in all of it.

    SQLite ends silently at the first frame whose checksum is wrong. Where a whole transaction stands behind
    that frame, the log was damaged, and what was acknowledged is lost: the log is copied aside then.

    Args:
        path: The database, which nobody of this process has opened yet.

    Returns:
        How many frames with committed pages were lost; 0 where the log was whole.
    """
    wal = log_of(path)
    before = _last_commit(wal)
    if before is None:
        return 0
    try:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            _, taken, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            after = _last_commit(wal)
            lost = before[1] - int(taken) if after and after[0] == before[0] else 0
            if lost > 0:  # before the last connection closes, which removes the log
                _keep(wal)
    except sqlite3.Error:  # such as when it is locked: whoever opens it next is told why
        return 0
    if lost > 0:
        log.error("the write-ahead log was damaged", lost_frames=lost, taken_frames=int(taken))
    return max(lost, 0)


def _keep(wal: Path) -> None:
    kept = wal.with_name(wal.name + KEPT_SUFFIX)
    try:
        shutil.copyfile(wal, kept)
        kept.chmod(0o600)
    except OSError as error:
        log.warning("the damaged write-ahead log could not be copied", error=str(error))


def find_damage(path: Path) -> list[str]:
    """Say in words what is damaged in a database; empty where it is whole.

    Reads every page of the file, so it takes about a second for each GB.

    Args:
        path: The database; others may use it meanwhile.
    """
    found = []
    kept = log_of(path).with_name(log_of(path).name + KEPT_SUFFIX)
    if kept.exists():
        found.append(
            f"a write-ahead log was damaged, and some acknowledged records were lost with it; compare with a"
            f" backup, then remove {kept.name}"
        )
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as connection:
            said = [str(row[0]) for row in connection.execute("PRAGMA quick_check(5)")]
    except sqlite3.DatabaseError as error:
        said = [str(error)]
    if said != ["ok"]:
        found.append(f"{path.name} is damaged ({said[0][:200]}); put a backup in its place")
    return found


def _last_commit(wal: Path) -> tuple[bytes, int] | None:
    """Give the salts of a log, and the number of the last frame with these salts that ends a transaction."""
    try:
        with wal.open("rb") as file:
            head = file.read(LOG_HEADER)
            if len(head) < LOG_HEADER:
                return None
            page, salts, last, number = int.from_bytes(head[8:12], "big"), head[16:24], 0, 0
            size = os.fstat(file.fileno()).st_size
            while file.tell() + FRAME_HEADER + page <= size:
                frame = file.read(FRAME_HEADER)
                number += 1
                if frame[8:16] == salts and frame[4:8] != b"\0\0\0\0":
                    last = number
                file.seek(page, os.SEEK_CUR)
            return salts, last
    except OSError:
        return None
