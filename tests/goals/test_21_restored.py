"""Goal 21: a backup taken while others write restores all from before it began; a damaged one is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import Event, Thread

import pytest
from tests.conftest import Maker
from tests.goals.rounds import Rounds

from upspiral import capture
from upspiral.admin.maintenance.backup import restore_backup, write_backup
from upspiral.app import App
from upspiral.config import load
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import InvalidInput, StoreError
from upspiral.store import Store

EVERY = 10
"""One backup of so many is damaged."""


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_every_backup_restores_or_is_refused(fresh_folder: Callable[[int], Path], tmp_path: Path) -> None:
    rounds = Rounds(21, few=2, full=100)
    for number in rounds:
        is_damaged = number % EVERY == 1
        folder, file = fresh_folder(number), tmp_path / "backup.tar.gz"
        file.unlink(missing_ok=True)
        elsewhere = folder.with_name(f"round-{number}-restored")
        with App(load(data=folder), nights=False) as app:
            acknowledged = _back_up_under_load(app, file)
        if is_damaged:
            _damage(file, Random(number))
            with pytest.raises((InvalidInput, StoreError)):
                restore_backup(load(data=elsewhere), file)
            assert not (elsewhere / "upspiral.db").exists()
        else:
            restore_backup(load(data=elsewhere), file)
            with Store(str(elsewhere / "upspiral.db")) as store:
                there = {one.id for one in store.interactions.list_rows(DEFAULT_WORKSPACE)}
                assert store.find_damage() == []
            assert acknowledged <= there
        rounds.count("damaged backups refused" if is_damaged else "backups restored with every row")
        rounds.count("rows acknowledged before", len(acknowledged))
    rounds.report()


def _back_up_under_load(app: App, file: Path) -> set[str]:
    """Write a backup while another thread records; give what was acknowledged before it began."""
    make, over, acknowledged = Maker(), Event(), set[str]()

    def write() -> None:
        while not over.is_set():
            one = make.interaction(end_user="anna")
            capture.record(app.runtime.store, one)
            acknowledged.add(one.id)

    thread = Thread(target=write)
    thread.start()
    while len(acknowledged) < 50:
        over.wait(0.01)
    before = set(acknowledged)
    write_backup(app.settings, file, now=datetime.now(UTC))
    over.set()
    thread.join()
    return before


def _damage(file: Path, rng: Random) -> None:
    content = bytearray(file.read_bytes())
    place = rng.randrange(len(content) // 10, len(content) * 9 // 10)
    content[place] ^= 0xFF
    file.write_bytes(content)
