"""Damage to the file of the database is noticed: in its pages, and in the log that a killed process left."""

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from tests.conftest import Maker

from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import StoreError
from upspiral.store import Store
from upspiral.store.damage import find_damage, has_ended_uncleanly, log_of, recover

WRITER = """
import os, sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
for pragma in ("page_size=8192", "journal_mode=WAL", "wal_autocheckpoint=5000"):
    c.execute(f"PRAGMA {pragma}")
c.execute("CREATE TABLE t (x)")
for _ in range(200):
    c.execute("INSERT INTO t VALUES (?)", ("x" * 3000,))
os._exit(1)
"""


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """A database whose writer was killed after 200 rows."""
    path = tmp_path / "killed.db"
    subprocess.run([sys.executable, "-c", WRITER, str(path)], check=False)
    assert has_ended_uncleanly(path)
    return path


def _overwrite(path: Path, place: int, size: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        file.write(os.urandom(size))


@pytest.mark.process
def test_a_killed_process_alone_is_no_damage(killed: Path) -> None:
    assert recover(killed) == 0
    assert find_damage(killed) == []
    assert not has_ended_uncleanly(killed)


@pytest.mark.process
def test_a_log_that_ends_in_the_middle_of_a_frame_is_no_damage(killed: Path) -> None:
    wal = log_of(killed)
    os.truncate(wal, wal.stat().st_size - 100)
    assert recover(killed) == 0


@pytest.mark.process
def test_a_log_damaged_in_its_middle_is_told_and_kept(killed: Path) -> None:
    _overwrite(log_of(killed), log_of(killed).stat().st_size // 2, 4096)
    assert recover(killed) > 0
    (said,) = find_damage(killed)
    assert "some acknowledged records were lost" in said
    assert log_of(killed).with_name("killed.db-wal-damaged").exists()


@pytest.mark.process
def test_a_store_says_what_its_file_lost(killed: Path) -> None:
    _overwrite(log_of(killed), log_of(killed).stat().st_size // 2, 4096)
    with Store(str(killed)) as store:
        assert store.database.ended_uncleanly
        assert "log was damaged" in store.database.damage[0]


def test_a_damaged_page_that_is_met_is_told_and_remembered(tmp_path: Path, make: Maker) -> None:
    path = tmp_path / "page.db"
    with Store(str(path)) as store:
        store.upgrade()
        store.interactions.add(*(make.interaction("x" * 5000) for _ in range(50)))
    with sqlite3.connect(path) as whole:
        found = whole.execute("SELECT rootpage FROM sqlite_master WHERE name = 'interactions'").fetchone()
    _overwrite(path, (found[0] - 1) * 8192, 4096)
    with Store(str(path)) as store:
        with pytest.raises(StoreError, match="is damaged"):
            store.interactions.list_rows(DEFAULT_WORKSPACE)
        assert store.database.damage == ["a page of the file cannot be read"]


@pytest.mark.process
def test_a_damaged_page_is_found(killed: Path) -> None:
    recover(killed)
    copy = shutil.copy(killed, killed.with_name("page.db"))
    with sqlite3.connect(killed) as whole:
        (root,) = whole.execute("SELECT rootpage FROM sqlite_master WHERE name = 't'").fetchone()
    _overwrite(Path(copy), (root - 1) * 8192, 4096)
    (said,) = find_damage(Path(copy))
    assert "page.db is damaged" in said
