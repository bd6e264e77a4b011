"""Each night has a file that says what it did; there are only so many."""

import os
from pathlib import Path

from tests.conftest import START

from upspiral.cycle.notifiers import NightLog
from upspiral.domain import CycleEvent
from upspiral.domain.ids import DEFAULT_WORKSPACE, CycleId


def _event(cycle: str, step: str) -> CycleEvent:
    return CycleEvent(
        id=f"{cycle}-{step}",
        workspace=DEFAULT_WORKSPACE,
        cycle=CycleId(cycle),
        at=START,
        step=step,
        what="finished",
        detail="what a customer said",
    )


def test_a_night_is_told_step_by_step_without_what_it_quotes(tmp_path: Path) -> None:
    log = NightLog(tmp_path, keep=5)
    log(_event("n", "find_patterns"))
    log(_event("n", "build_dataset"))
    told = (tmp_path / "nights" / "n.log").read_text()
    assert told.splitlines() == [
        "2026-01-05T12:00:00+00:00 find_patterns finished",
        "2026-01-05T12:00:00+00:00 build_dataset finished",
    ]


def test_the_nights_written_last_keep_their_file(tmp_path: Path) -> None:
    log = NightLog(tmp_path, keep=3)
    for number in range(6):
        log(_event(f"n{number}", "find_patterns"))
        os.utime(tmp_path / "nights" / f"n{number}.log", (number, number))
        if number == 2:
            log(_event("n0", "watch_canary"))
    kept = {one.stem for one in (tmp_path / "nights").iterdir()}
    assert kept == {"n0", "n4", "n5"}
