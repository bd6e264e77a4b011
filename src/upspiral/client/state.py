"""Where does a client keep what it could not send, when nobody named a file?"""

import contextlib
import hashlib
import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

MAX_SPOOL_AGE_S = 30 * 86_400.0
"""Spool files that nothing was written to for so long are deleted: what users wrote is in them."""
MAX_CLOCK_JUMP_S = 25 * 3600.0
"""A clock that moved further than this since the last start is not believed, and nothing is deleted."""
SWITCHED_OFF = frozenset(("0", "no", "off", "false"))


def choose_spool(
    given: Path | str | bool | None, *, url: str, key: str | None, environment: Mapping[str, str]
) -> Path | None:
    """Decide which file keeps what cannot be sent.

    Args:
        given: A file; False for none; None or True for the default.
        url: The server; each server and key has a spool of its own, so that nothing reaches another.
        key: The API key; only a hash of it is part of the file's name.
        environment: ``UPSPIRAL_SPOOL`` names a file, or switches the spool off with ``0``.

    Returns:
        The file, or None for no spool.

    >>> choose_spool(False, url="http://a", key=None, environment={}) is None
    True
    >>> choose_spool(None, url="http://a", key=None, environment={"UPSPIRAL_SPOOL": "0"}) is None
    True
    >>> str(choose_spool("x.jsonl", url="http://a", key=None, environment={}))
    'x.jsonl'
    """
    if given is False:
        return None
    if isinstance(given, str | Path):
        return Path(given)
    named = environment.get("UPSPIRAL_SPOOL", "")
    if named.lower() in SWITCHED_OFF:
        return None
    if named:
        return Path(named)
    owner = hashlib.sha256(f"{url}\0{key or ''}".encode()).hexdigest()[:20]
    return state_folder(environment) / f"spool-{owner}.jsonl"


def state_folder(environment: Mapping[str, str]) -> Path:
    """Give the user's folder for state, as the XDG Base Directory Specification names it.

    >>> state_folder({"XDG_STATE_HOME": "/s"}).as_posix(), state_folder({"HOME": "/h"}).as_posix()
    ('/s/upspiral', '/h/.local/state/upspiral')
    """
    if sys.platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home()) / "upspiral"
    named = environment.get("XDG_STATE_HOME", "")
    if named.startswith("/"):  # the specification: a relative path is invalid and ignored
        return Path(named) / "upspiral"
    return Path(environment.get("HOME") or Path.home()) / ".local" / "state" / "upspiral"


def prepare_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter.

    Raises:
        OSError: It cannot be made, or it belongs to somebody else.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform == "win32":
        return
    found = folder.stat()
    if found.st_uid != os.getuid():
        raise PermissionError(f"the folder {folder} belongs to another user")
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)


def delete_expired(folder: Path, now: float) -> list[Path]:
    """Delete spool files that nothing was written to for 30 days; give which.

    A clock that is wrong for a moment must not delete them: the time of the last start is kept beside the
    files, and where it is more than 25 hours from now nothing is deleted before the next start.

    Args:
        folder: The state folder.
        now: Seconds since 1970.
    """
    seen = folder / "last-start"
    before = seen.stat().st_mtime if seen.exists() else None
    seen.touch(mode=0o600)
    os.utime(seen, (now, now))
    if before is None or abs(now - before) > MAX_CLOCK_JUMP_S:
        return []
    expired = []
    for path in folder.glob("spool-*.jsonl*"):
        with contextlib.suppress(OSError):
            if now - path.stat().st_mtime > MAX_SPOOL_AGE_S:
                path.unlink()
                expired.append(path)
    return expired
