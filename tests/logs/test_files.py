"""What a log line says of an error, and what it never says."""

import asyncio
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from upspiral import logs
from upspiral.errors import Rejected, StoreError
from upspiral.logs import files

SECRET = "anna.case@example.com"


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What reaches the handlers of the process."""
    found: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(self.format(record))

    handler = Keep()
    logging.root.addHandler(handler)
    yield found
    logging.root.removeHandler(handler)


def _fail(text: str) -> None:
    secret_of_the_frame = text
    raise ValueError(f"cannot read {secret_of_the_frame}")


def test_an_error_is_its_kind_and_its_frames_without_locals_or_words(lines: list[str]) -> None:
    try:
        _fail(SECRET)
    except ValueError as error:
        logs.get_logger("test").error("it failed", route="/api/v1/x", exc_info=error)
    assert "it failed route=/api/v1/x" in lines[0]
    assert "ValueError" in lines[0]
    assert "test_files.py" in lines[0]
    assert "in _fail" in lines[0]
    assert SECRET not in lines[0]
    assert "secret_of_the_frame" not in lines[0]


def test_every_way_to_log_an_error_describes_it_once_and_quotes_nothing(lines: list[str]) -> None:
    log = logs.get_logger("test")
    try:
        _fail(SECRET)
    except ValueError as error:
        log.exception("it failed")
        log.error("it failed", exc_info=True)
        log.warning("it failed", exc_info=error)
    assert len(lines) == 3
    for line in lines:
        assert SECRET not in line
        assert "Traceback" not in line
        assert line.count("ValueError") == 1


def test_a_line_cannot_be_forged_by_a_value(lines: list[str]) -> None:
    logs.get_logger("test").warning("a thing", name="x\n2026 [error] forged \x1b[2J")
    assert len(lines[0].splitlines()) == 1
    assert "\x1b" not in lines[0]


def test_a_value_that_is_no_plain_value_is_named_by_its_type(lines: list[str]) -> None:
    logs.get_logger("test").warning("a thing", headers={"authorization": SECRET})
    assert "headers=dict" in lines[0]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Rejected(f"Status 400: {SECRET}", provider="m", status=400), "Rejected: of model m, status 400"),
        (StoreError("It is full.", detail="/data/upspiral.db"), "StoreError: It is full. /data/upspiral.db"),
        (TypeError(f"got an unexpected keyword argument '{SECRET}'"), "unexpected keyword argument …"),
        (KeyError(SECRET), "KeyError"),
        (UnicodeDecodeError("utf-8", SECRET.encode(), 0, 1, SECRET), "UnicodeDecodeError"),
    ],
)
def test_errors_are_described_and_never_quoted(error: Exception, said: str) -> None:
    found = logs.describe(error)
    assert said in found
    assert SECRET not in found


def test_what_led_to_an_error_is_told_the_same_way() -> None:
    try:
        try:
            _fail(SECRET)
        except ValueError as inner:
            raise RuntimeError(SECRET) from inner
    except RuntimeError as error:
        found = logs.format_error(error)
    assert "RuntimeError" in found
    assert "caused by ValueError" in found
    assert SECRET not in found


def test_a_migration_is_named_in_full(lines: list[str]) -> None:
    logging.getLogger("alembic.runtime.migration").warning("Running %s", "upgrade 0001 -> 0002, keys")
    assert "Running upgrade 0001 -> 0002, keys" in lines[-1]


def test_a_sanitized_logger_of_another_library_quotes_nothing(lines: list[str]) -> None:
    logs.sanitize("some.library")
    log = logging.getLogger("some.library")
    log.error(f"cannot do {SECRET}")
    log.error("cannot do %s", SECRET)
    try:
        _fail(SECRET)
    except ValueError:
        log.exception("failed")
    assert SECRET not in "\n".join(lines)
    assert "cannot do %s" in lines[1]
    assert "ValueError" in lines[2]


PROGRAM = f"""
import asyncio, logging, sys, threading, warnings
from upspiral.logs import configure, get_logger
configure(file=__import__("pathlib").Path(sys.argv[1]) if len(sys.argv) > 1 else None)
SECRET = "{SECRET}"
def fail():
    held = SECRET
    raise ValueError(held)
async def main():
    task = asyncio.ensure_future(asyncio.to_thread(fail))
    await asyncio.sleep(0.2)
    del task
asyncio.run(main(), debug=True)
thread = threading.Thread(target=fail, name="worker"); thread.start(); thread.join()
warnings.warn(SECRET)
logging.getLogger("sqlalchemy.engine").error("INSERT %s", SECRET)
logging.getLogger("alembic").error(SECRET)
try:
    fail()
except ValueError:
    get_logger("upspiral.x").exception("last words")
fail()
"""


@pytest.mark.process
def test_no_way_out_of_a_program_quotes_what_it_failed_on(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "a.log"
    for arguments in ([], [str(file)]):
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False
        )
        assert ended.returncode == 1
        said = file.read_text() if arguments else ended.stderr
        assert SECRET not in said + ended.stderr + ended.stdout
        assert "INSERT %s" in said
        assert "a thread ended with an error thread=worker" in said
        assert "last words" in said
        assert "the program ended with an error" in said


def test_a_failing_task_on_the_event_loop_costs_little(lines: list[str]) -> None:
    async def main() -> float:
        try:
            _fail(SECRET * 10_000)
        except ValueError as error:
            begun = time.process_time()
            for _ in range(100):
                logs.get_logger("test").error("it failed", exc_info=error)
            return time.process_time() - begun
        return 0.0

    assert 0 < asyncio.run(main()) < 2.0
    assert len(lines) == 100


@pytest.mark.process
def test_a_log_that_is_too_large_is_numbered_and_the_oldest_goes(tmp_path: Path) -> None:
    file = tmp_path / "logs" / "server.log"
    program = (
        "import sys, pathlib; from upspiral.logs import LogLimits, configure, get_logger;"
        "configure(level='INFO', file=pathlib.Path(sys.argv[1]), limits=LogLimits(2_000, 3));"
        "[get_logger('x').info('a line of some length', number=n) for n in range(400)]"
    )
    subprocess.run([sys.executable, "-c", program, str(file)], check=True, timeout=120)
    found = sorted(one.name for one in file.parent.iterdir())
    assert found == ["server.log", "server.log.1", "server.log.2", "server.log.3"]
    assert all(one.stat().st_size <= 2_000 for one in file.parent.iterdir())
    assert all(one.stat().st_mode & 0o077 == 0 for one in file.parent.iterdir())
    assert "number=399" in file.read_text()


def test_lines_that_come_close_together_are_written_out_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    write_out = files._OwnFile.write_out

    def count(file: files._OwnFile) -> None:
        write_out(file)
        written.append(Path(file.baseFilename).stat().st_size)

    monkeypatch.setattr(files._OwnFile, "write_out", count)
    file = tmp_path / "a.log"
    handler = files._OwnFile(file)
    queue: SimpleQueue[logging.LogRecord] = SimpleQueue()
    listener = files._Listener(queue, handler)
    listener.start()
    for number in range(1000):
        queue.put(logging.makeLogRecord({"msg": f"line {number}"}))
    listener.stop()
    handler.close()
    assert len(file.read_text().splitlines()) == 1000
    assert len(set(written)) < 100


def test_a_line_that_nothing_follows_is_written_at_once(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    handler = files._OwnFile(file)
    queue: SimpleQueue[logging.LogRecord] = SimpleQueue()
    listener = files._Listener(queue, handler)
    listener.start()
    try:
        time.sleep(2 * files.GATHER_S)
        queue.put(logging.makeLogRecord({"msg": "alone"}))
        end = time.monotonic() + 30
        while file.read_text() != "alone\n":
            assert time.monotonic() < end, "the line never came"
            time.sleep(0.01)
    finally:
        listener.stop()
        handler.close()


def test_a_log_of_another_program_is_numbered_before_it_starts_again(tmp_path: Path) -> None:
    file, limits = tmp_path / "host.log", logs.LogLimits(max_bytes=10, files=2)
    logs.rotate(file, limits)
    assert not file.exists()
    for text in ("first of all\n", "the second one\n", "the third one\n", "the fourth\n"):
        file.write_text(text)
        logs.rotate(file, limits)
    assert {one.name: one.read_text() for one in tmp_path.iterdir() if one.read_text()} == {
        "host.log.1": "the fourth\n",
        "host.log.2": "the third one\n",
    }
