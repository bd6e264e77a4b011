"""Which server may be told which key? Only the one that owns the folder, or one that the user named.

The key of a data folder goes to the server of that folder, and nowhere else; the key of the environment
(``UPSPIRAL_KEY``) goes to an address that the user named, and nowhere else. A file in the current folder,
such as that of a repository just cloned, can therefore send no key anywhere.
"""

import fcntl
import ipaddress
import json
import os
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from upspiral.own_files import require_own

RECORD = "server.json"
LOCK = "lock"
"""Held by the process that owns the data folder."""
KEY_FILE = "key"


class ServerRecord(Struct, frozen=True):
    """What a server writes into its data folder, so that commands find it."""

    url: str
    pid: int
    started: str
    """When the process began, in the system's own count; a later one of the same id began at another time."""


def write_record(data: Path, url: str) -> Path:
    """Write down where this process serves; give the file."""
    record = ServerRecord(url, os.getpid(), start_of(os.getpid()))
    half = (data / RECORD).with_suffix(".half")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        out.write(json.dumps(msgspec.to_builtins(record)))
    return half.replace(data / RECORD)


def running_server(data: Path) -> str | None:
    """Give the address of the server that owns the data folder; None where none runs.

    It is believed where the record is the user's own, its process lives and began when the record says so,
    the folder's lock is held, and the address is one of this machine alone.

    Raises:
        ConfigError: The record is another user's, or others may write it.
    """
    file = data / RECORD
    try:
        text = file.read_bytes()
        require_own(data)
        require_own(file)
        record = msgspec.json.decode(text, type=ServerRecord)
    except (OSError, msgspec.DecodeError):
        return None
    alive = record.pid > 1 and start_of(record.pid) == record.started
    return record.url if alive and is_locked(data / LOCK) and is_loopback(record.url) else None


def key_for(url: str, data: Path, *, named: bool) -> dict[str, str]:
    """Give the header with the key for a server; empty where no key may be sent there.

    Args:
        url: Its address.
        data: The data folder of the command.
        named: Did the user name the address, by an option or in the environment?
    """
    text = os.environ.get("UPSPIRAL_KEY") if named else None
    if not text and (not named or running_server(data) == url.rstrip("/")):
        text = folder_key(data)
    return {"authorization": f"Bearer {text.strip()}"} if text else {}


def folder_key(data: Path) -> str | None:
    """Read the key that lies in a data folder, for the server of that folder."""
    file = data / KEY_FILE
    return file.read_text().strip() if file.exists() else None


def is_locked(lock: Path) -> bool:
    """Say whether a process holds a lock; asking takes it for a moment where nobody does."""
    try:
        with lock.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def is_loopback(url: str) -> bool:
    """Say whether an address is of this machine alone.

    >>> is_loopback("http://127.0.0.1:8080"), is_loopback("http://[::1]:1"), is_loopback("http://10.0.0.1")
    (True, True, False)
    >>> is_loopback("http://127.0.0.1@evil.example")
    False
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or "@" in parts.netloc:
        return False
    try:
        return parts.hostname == "localhost" or ipaddress.ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def start_of(pid: int) -> str:
    """Say when a process began, in the system's own count; empty where it lives no more."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        return stat.rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return _start_without_proc(pid)


def _start_without_proc(pid: int) -> str:
    """Say the same on systems without /proc, where only life can be asked about."""
    if Path("/proc/self").exists():
        return ""
    try:
        os.kill(pid, 0)
    except OSError:
        return ""
    return "alive"
