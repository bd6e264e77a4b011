"""Goal 15: an upgrade that is killed at any statement is done again, and no row is lost or half there."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.goals.rounds import ROOT, Rounds
from tests.store.schemas import upgrade_to
from tests.store.test_every_schema import NOT_KEPT, insert_rows, list_rows

from upspiral.store import Store

OLDEST = "0004"
PROGRAM = """
import os, sys
from sqlalchemy import Engine, event
from upspiral.admin.database import migrate
from upspiral.store import Store

file, last = sys.argv[1], int(sys.argv[2])
seen = 0

@event.listens_for(Engine, "before_cursor_execute")
def count(_connection, _cursor, statement, *_):
    global seen
    if statement.split(None, 1)[0].upper() not in ("SELECT", "PRAGMA"):
        seen += 1
        if seen == last:
            os.kill(os.getpid(), 9)

with Store(file) as store:
    migrate(store)
print(seen)
"""


@pytest.mark.long
@pytest.mark.process
@pytest.mark.timeout(36000)
def test_an_upgrade_killed_anywhere_is_done_again(tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with Store(str(old)) as store:
        upgrade_to(store, OLDEST)
        with store.database.transaction() as connection:
            before = insert_rows(connection, store)
    whole = shutil.copyfile(old, tmp_path / "whole.db")
    statements = int(_upgrade(whole, 0).stdout)
    rounds = Rounds(15, few=2, full=statements)
    for number in rounds:
        at = statements if number == 0 else number  # the last one first: all the others are undone then
        broken = shutil.copyfile(old, tmp_path / "broken.db")
        for rest in tmp_path.glob("broken.db-*"):
            rest.unlink()
        assert _upgrade(broken, at).returncode == -9
        with Store(str(broken)) as store:
            assert store.find_damage() == []
            assert store.revision() in (OLDEST, store.newest()), "neither old nor new"
        assert _upgrade(broken, 0).returncode == 0
        with Store(str(broken)) as store:
            assert store.revision() == store.newest()
            assert store.count_unreadable() == {}
            lost = {name for name in before if list_rows(store)[name].count() != before[name]}
            assert lost <= NOT_KEPT
        rounds.count("upgrades killed and done again")
    rounds.report()


def _upgrade(file: Path, last: int) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-c", PROGRAM, str(file), str(last)]
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
