"""What the machine lacks is told, and what can be mended there is."""

from pathlib import Path

import pytest
from tests.cli.checks.looking import check_mended, check_told, opened

from upspiral.domain.ids import DEFAULT_WORKSPACE

pytestmark = pytest.mark.long


def test_files_that_others_can_read_are_closed(data: Path) -> None:
    with opened(data) as app:
        app.runtime.workspace_key(DEFAULT_WORKSPACE)
    (data / "secret").chmod(0o644)
    check_mended(data, "keys", "files")
    assert (data / "secret").stat().st_mode & 0o777 == 0o600


def test_the_record_of_a_server_that_is_gone_is_removed(data: Path) -> None:
    (data / "server.json").write_text('{"url": "http://127.0.0.1:9", "pid": 999999, "started": "1"}')
    (data / "server.json").chmod(0o600)
    check_mended(data, "server", "server")


def test_too_little_room_for_a_night_is_told(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPSPIRAL_CYCLE_DISK_FREE_GB", "1e9")
    check_told(data, "disk", "disk")
