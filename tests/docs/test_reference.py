"""The pages of the reference are what the code says now; most of them are generated."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from upspiral.domain.night.notification import NotificationType
from upspiral.telemetry.catalog import PROCESS, WORKSPACE

ROOT = Path(__file__).parents[2]


@pytest.mark.process
def test_every_setting_and_error_stands_in_the_reference() -> None:
    words = [sys.executable, str(ROOT / "scripts" / "reference.py"), "--check"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout


def read_table(page: str) -> dict[str, list[str]]:
    """Give the rows of a page's tables by the name in backquotes in their first cell."""
    text = (ROOT / "docs" / "reference" / page).read_text()
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    return {first.strip("`"): more for first, *more in rows}


def test_every_metric_stands_in_the_reference_with_its_kind_and_its_labels() -> None:
    told = {name: row for name, row in read_table("metrics.md").items() if name.startswith("upspiral_")}
    assert told.keys() == {one.name for one in (*PROCESS, *WORKSPACE)}
    for one in (*PROCESS, *WORKSPACE):
        kind, labels, said = told[one.name]
        assert (kind, re.findall(r"`(\w+)`", labels), said) == (one.kind, list(one.labels), one.help)


def test_every_event_stands_in_the_reference_and_nothing_that_does_not_exist() -> None:
    told = {name for name in read_table("notifications.md") if re.fullmatch(r"[a-z]+(\.[a-z_]+)?", name)}
    assert told >= set(NotificationType)
