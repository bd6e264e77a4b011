"""Does a file belong to whoever runs this program, and is it closed to everybody else?"""

import os
import stat
from pathlib import Path

from upspiral.errors import ConfigError

OTHERS_PERMISSIONS = 0o077
"""The permission bits of the group and of everybody."""


def require_own(path: Path) -> None:
    """See that nobody else could have written a file that says where keys are sent.

    Raises:
        ConfigError: It belongs to another user (root excepted), or others may write it.
    """
    found = path.stat()
    if found.st_uid not in (os.geteuid(), 0):
        raise ConfigError(
            f"{path} belongs to another user (id {found.st_uid}), so it is not believed.",
            hint="Run the command as that user, or name a data folder of your own with --data.",
        )
    if found.st_mode & 0o022:
        raise ConfigError(
            f"{path} can be written by other users, so it is not believed.",
            hint=f"If its content is yours, close it: `chmod go-w {path}`.",
        )


def make_own_folder(path: Path) -> None:
    """Make a folder for its owner only; close one that is there, unless it is shared as /tmp is."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = path.stat()
    if not found.st_mode & stat.S_ISVTX:
        _close(path, found)


def make_own_file(path: Path) -> None:
    """Make an empty file for its owner only; close one that is there."""
    if not path.exists():
        path.touch(mode=0o600)
    _close(path, path.stat())


def write_once(path: Path, content: bytes) -> bool:
    """Write a file for its owner only, unless it is there; of several processes one writes it.

    Nobody ever sees it half written: it gets its name when it is on the disk.

    Returns:
        Whether it was written now.
    """
    half = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    handle = os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.link(half, path)
    except FileExistsError:
        return False
    finally:
        half.unlink()
    return True


def _close(path: Path, found: os.stat_result) -> None:
    if found.st_uid == os.geteuid() and found.st_mode & OTHERS_PERMISSIONS:
        path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS_PERMISSIONS)
