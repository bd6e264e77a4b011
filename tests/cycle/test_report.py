"""Where does everything stand, by what is stored?"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from upspiral.cycle.report import Overview, read_status
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.store import Store

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def test_a_file_of_the_newest_schema_is_read_alone(data: Path) -> None:
    file = data / "upspiral.db"
    assert read_status(file, DEFAULT_WORKSPACE, now=NOW) == Overview(DEFAULT_WORKSPACE, str(file), 0, 0, ())


def test_a_file_of_an_older_schema_is_not_read_and_stays_as_it_is(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = data / "upspiral.db"
    before = file.read_bytes()
    monkeypatch.setattr(Store, "newest", lambda _: "9999")
    assert read_status(file, DEFAULT_WORKSPACE, now=NOW) is None
    assert file.read_bytes() == before
