"""What a client keeps on disk while no server takes it."""

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest
from tests.client.conftest import Server, TinyServer
from tests.client.questions import HI

from upspiral.client import Upspiral
from upspiral.client.state import delete_expired, prepare_folder

DAY_S = 86_400.0

RECORD_TWO = """
from upspiral.client import Upspiral
spiral = Upspiral(sys.argv[1], key="secret-key", every_s=0.01, timeout_s=1)
for n in range(2):
    spiral.record([{"role": "user", "content": "Hi"}], f"answer {n}")
"""


def _run(program: str, *args: str, state: Path, cwd: Path, **more: str) -> str:
    """Run a program to its end; give what it wrote to standard error."""
    environment = {**os.environ, "XDG_STATE_HOME": str(state), **more}
    done = subprocess.run(
        [sys.executable, "-c", "import sys" + program, *args],
        cwd=cwd, env=environment, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stderr


@pytest.mark.process
def test_what_a_dead_server_did_not_take_is_kept_privately_told_and_sent_by_the_next_start(
    tmp_path: Path, tiny_server: TinyServer
) -> None:
    state, cwd = tmp_path / "state", tmp_path / "cwd"
    cwd.mkdir()
    dead = "http://127.0.0.1:9"
    said = _run(RECORD_TWO, dead, state=state, cwd=cwd)
    assert "2 records could not be sent to http://127.0.0.1:9; kept in" in said
    assert list(cwd.iterdir()) == []
    folder = state / "upspiral"
    [spool] = folder.glob("spool-*.jsonl")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(spool.stat().st_mode) == 0o600
    assert "secret-key" not in spool.name + spool.read_text()

    _run(RECORD_TWO, tiny_server.url, state=state, cwd=cwd)
    assert (
        tiny_server.received().count("answer 0") == 1
    )  # another server is never sent what was for the first
    assert spool.exists()


def test_a_spool_is_gone_once_it_is_delivered(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = tmp_path / "upspiral" / "spool-x.jsonl"
    server.always = lambda _: httpx2.Response(503)
    with Upspiral(transport=server.transport, spool=path, every_s=0.01, timeout_s=0.2) as first:
        first.record(HI, "kept")
    assert path.exists()
    server.always = None
    with Upspiral(transport=server.transport, spool=path, every_s=0.01) as second:
        assert second.flush(10)
    assert server.got("interactions")[-1]["answer"] == "kept"
    assert not path.exists()
    assert not path.with_name(path.name + ".sending").exists()


@pytest.mark.process
@pytest.mark.parametrize("off", [{"UPSPIRAL_SPOOL": "0"}, {"UPSPIRAL_SPOOL": "off"}])
def test_one_switch_keeps_nothing_and_says_what_is_lost(tmp_path: Path, off: dict[str, str]) -> None:
    said = _run(RECORD_TWO, "http://127.0.0.1:9", state=tmp_path / "s", cwd=tmp_path, **off)
    assert "2 records for http://127.0.0.1:9 lost" in said
    assert not (tmp_path / "s").exists()


@pytest.mark.process
def test_a_folder_that_cannot_be_made_leaves_records_in_memory(
    tmp_path: Path, tiny_server: TinyServer
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    said = _run(RECORD_TWO, "http://127.0.0.1:9", state=blocked, cwd=tmp_path)
    assert "cannot be" in said
    assert "lost" in said
    _run(RECORD_TWO, tiny_server.url, state=blocked, cwd=tmp_path)
    assert tiny_server.received().count("answer 1") == 1


def test_a_folder_open_to_others_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "upspiral"
    folder.mkdir(mode=0o755)
    prepare_folder(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def _aged(folder: Path, days: float, now: float) -> Path:
    path = folder / "spool-old.jsonl"
    path.touch()
    os.utime(path, (now - days * DAY_S, now - days * DAY_S))
    return path


def test_what_nobody_wrote_to_for_thirty_days_is_deleted(tmp_path: Path) -> None:
    now = time.time()
    old = _aged(tmp_path, 31, now)
    assert delete_expired(tmp_path, now - 3600) == []  # nothing is known of the last start yet
    assert delete_expired(tmp_path, now) == [old]
    assert not old.exists()


def test_a_clock_that_jumps_deletes_nothing(tmp_path: Path) -> None:
    now = time.time()
    fresh = _aged(tmp_path, 1, now)
    delete_expired(tmp_path, now)
    assert delete_expired(tmp_path, now + 400 * DAY_S) == []
    assert delete_expired(tmp_path, now) == []
    assert fresh.exists()
