"""What is on the disk at each acknowledgement if the power fails then: only what was synced.

A writer commits through the store under strace, and says so after each commit. Its system calls are replayed
into "what was written" and "what is durable"; the durable files alone must hold every acknowledged row.
"""

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

COMMITS = 60
WRITER = """
import os, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.conftest import Maker
from upspiral import capture
from upspiral.store import Store
import upspiral.store.database as database
database.PRAGMAS = tuple(p.replace("FULL", {mode!r}) for p in database.PRAGMAS)
from upspiral.store.writer import Writer
make, store = Maker(), Store({file!r})
store.upgrade()
writer = Writer(store.database)
os.write(1, b"BEGIN\\n")
for n in range({commits}):
    noun = make.interaction("x" * 3000)
    writer.submit(lambda: capture.record(store, noun)).result()
    os.write(1, b"ACK %d\\n" % n)
os._exit(0)
"""
CALLS = "openat,close,pwrite64,write,fsync,fdatasync,ftruncate,unlink"
LINE = re.compile(r"^\d+\s+(\w+)\((.*)\)\s+= (-?\d+)")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not shutil.which("strace"), reason="strace is not installed"),
]


class Disk:
    """Files as they were written, and as they would be after a power cut."""

    def __init__(self, folder: Path) -> None:
        self.folder = str(folder)
        self.open: dict[int, str] = {}
        self.current: dict[str, bytearray] = {}
        self.durable: dict[str, bytes] = {}
        self.acknowledged = -1

    def call(self, name: str, arguments: str, result: int) -> bool:
        """Take one system call; True when it acknowledged a commit."""
        if name == "openat":
            path = _bytes(arguments).decode()
            if path.startswith(self.folder) and not path.endswith("-shm"):
                self.open[result] = path
                self.current.setdefault(path, bytearray())
            else:
                self.open.pop(result, None)
            return False
        if name == "unlink":
            gone = _bytes(arguments).decode()
            self.current.pop(gone, None)
            self.durable.pop(gone, None)
            return False
        return self._on(int(arguments.split(",")[0]), name, arguments)

    def _on(self, handle: int, name: str, arguments: str) -> bool:
        if name == "write" and handle == 1:
            said = _bytes(arguments)
            if said.startswith(b"ACK"):
                self.acknowledged = int(said.split()[1])
                return True
            return False
        path = self.open.get(handle)
        if path is None:
            return False
        file = self.current.setdefault(path, bytearray())
        if name == "pwrite64":
            data, place = _bytes(arguments), int(arguments.rsplit(",", 1)[1])
            file.extend(b"\0" * (place - len(file)))
            file[place : place + len(data)] = data
        elif name == "ftruncate":
            size = int(arguments.split(",")[1])
            del file[size:]
            file.extend(b"\0" * (size - len(file)))
        elif name in ("fsync", "fdatasync"):
            self.durable[path] = bytes(file)
        elif name == "close":
            del self.open[handle]
        return False

    def rows_after_a_cut(self, folder: Path) -> int:
        """Count the rows in what is durable now."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for path, data in self.durable.items():
            (folder / Path(path).name).write_bytes(data)
        with sqlite3.connect(folder / "a.db") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
            counted = "SELECT count(*) FROM interactions"
            count = connection.execute(counted).fetchone()[0] if "interactions" in tables else 0
        connection.close()
        return int(count)


def _bytes(arguments: str) -> bytes:
    found = TEXT.search(arguments)
    return bytes.fromhex(found[1].replace("\\x", "")) if found else b""


def _lost(tmp_path: Path, mode: str) -> int:
    """Give how many acknowledged rows a power cut would have lost, at its worst moment."""
    folder = tmp_path / mode
    folder.mkdir()
    program = WRITER.format(
        root=str(Path(__file__).parents[2]), mode=mode, file=str(folder / "a.db"), commits=COMMITS
    )
    log = tmp_path / f"{mode}.log"
    words = ["strace", "-f", "-xx", "-s", "200000", "-e", f"trace={CALLS}", "-o", str(log)]
    subprocess.run([*words, sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
    disk, lost, seen = Disk(folder), 0, 0
    for line in log.read_text().splitlines():
        call = LINE.match(line)
        if call and disk.call(call[1], call[2], int(call[3])):
            seen += 1
            lost = max(lost, disk.acknowledged + 1 - disk.rows_after_a_cut(tmp_path / "after"))
    assert seen == COMMITS
    return lost


def test_a_power_cut_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    assert _lost(tmp_path, "FULL") == 0


def test_the_replay_can_see_a_loss(tmp_path: Path) -> None:
    assert _lost(tmp_path, "NORMAL") > 0
