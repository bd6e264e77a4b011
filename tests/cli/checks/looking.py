"""The doctor asked about one part, before and after it mends."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.cli.running import run

from upspiral.app import App
from upspiral.config import load


@contextmanager
def opened(data: Path) -> Iterator[App]:
    """Open an app on a folder."""
    with App(load(data=data), nights=False) as app:
        yield app


def look(data: Path, part: str, *more: str) -> dict[str, dict[str, Any]]:
    """Ask the doctor about one part; give what it says of each thing."""
    told = run("doctor", part, "--json", *more, data=data)
    found: list[dict[str, Any]] = json.loads(told.stdout)
    assert (told.returncode == 0) == all(one["ok"] for one in found), told.stderr
    return {one["what"]: one for one in found}


def check_mended(data: Path, part: str, what: str) -> None:
    """See that a thing is wrong, that the doctor knows what to do, and that `--fix` mends it for good."""
    broken = look(data, part)[what]
    assert not broken["ok"]
    assert broken["remedy"]
    assert broken["fix"]
    assert look(data, part, "--fix")[what]["ok"]
    assert look(data, part)[what]["ok"]


def check_told(data: Path, part: str, what: str) -> None:
    """See that a thing is wrong, and that the doctor says what a person can do and leaves it alone."""
    broken = look(data, part, "--fix")[what]
    assert not broken["ok"]
    assert broken["remedy"]
    assert not broken["fix"]
