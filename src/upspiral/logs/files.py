"""Where do log lines go? To a file or the standard error, written by a thread of their own.

So an error never holds up the event loop. Other libraries' lines, uncaught errors of threads and warnings of
Python go the same way, without what they quote.
"""

import atexit
import logging
import logging.handlers
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, NamedTuple

from upspiral.errors import UpspiralError
from upspiral.logs.events import get_logger
from upspiral.logs.wording import READY_MARK, render_record
from upspiral.own_files import make_own_file, make_own_folder

GATHER_S = 0.05
"""Lines that come so soon after another are written together with others, at one waking of the thread."""


class LogLimits(NamedTuple):
    """How large a log may become."""

    max_bytes: int
    """A larger file gets a number, and a new one is begun."""
    files: int
    """So many numbered ones are kept, the newest; the oldest is removed."""


class _LineFormatter(logging.Formatter):
    """Writes the time, the level and the logger before a line; the time's text is made once a second."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-8s %(name)s: %(message)s")
        self._second = (0, "")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        """Write the local time down to the millisecond."""
        second, text = self._second
        if second != int(record.created):
            second = int(record.created)
            text = time.strftime(self.default_time_format, time.localtime(second))
            self._second = (second, text)
        return f"{text},{int(record.msecs):03d}"


class _OwnFile(logging.handlers.RotatingFileHandler):
    """A log file for its owner only, the numbered ones too; lines reach it by `write_out`."""

    def _open(self) -> Any:
        make_own_file(Path(self.baseFilename))
        stream = super()._open()
        self._bytes = stream.tell()
        return stream

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line; a file that it would make too large is numbered first."""
        try:
            line = f"{self.format(record)}{self.terminator}"
            size = len(line.encode("utf-8", "replace"))
            if self.stream is None:  # numbering it failed
                self.stream = self._open()
            if self._bytes and 0 < self.maxBytes < self._bytes + size:
                self.doRollover()
            self.stream.write(line)
            self._bytes += size
        except Exception:
            self.handleError(record)

    def write_out(self) -> None:
        """Write what was taken; where the disk is full, it is tried again with the next lines."""
        with suppress(OSError):
            if self.stream is not None:
                self.stream.flush()


class _Listener(logging.handlers.QueueListener):
    """The thread that writes lines: the first at once, and those that come soon after it together."""

    def dequeue(self, block: bool) -> Any:
        """Give the next line; where none waits, write out what there was, and let some gather."""
        try:
            return super().dequeue(block=False)
        except Empty:
            for handler in self.handlers:
                if isinstance(handler, _OwnFile):
                    handler.write_out()
            time.sleep(GATHER_S)  # nobody has to wake a thread that looks by itself
            return super().dequeue(block)


def rotate(file: Path, limits: LogLimits) -> None:
    """Number the log of another program where it is too large, before that program starts."""
    if file.exists() and file.stat().st_size > limits.max_bytes:
        handler = _OwnFile(file, backupCount=limits.files)
        handler.doRollover()
        handler.close()


def configure(*, level: str = "WARNING", file: Path | None = None, limits: LogLimits | None = None) -> None:
    """Send every log line of this process to the standard error, or to a file; called once, by a program.

    Other libraries' lines, uncaught errors of threads and warnings of Python go the same way, without what
    they quote.

    Args:
        level: Least severe level that is written.
        file: Where to; made for its owner only. None for the standard error.
        limits: How large the file may become; None for as large as it will.
    """
    for old in [one for one in logging.root.handlers if isinstance(one, _Handover)]:
        logging.root.removeHandler(old)
        old.end()
    handler: logging.Handler = logging.StreamHandler(sys.__stderr__)
    if file is not None:
        make_own_folder(file.parent)
        most, files = limits or (0, 0)
        handler = _OwnFile(file, maxBytes=most, backupCount=files)
    handler.setFormatter(_LineFormatter())
    logging.root.addHandler(_Handover(handler))
    logging.root.setLevel(level)
    logging.captureWarnings(capture=True)
    # No line names a thread or process, and looking them up takes longer than the rest of a record.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.raiseExceptions = False  # it would print what could not be written
    threading.excepthook = _thread_failed
    sys.excepthook = _process_failed
    sys.unraisablehook = _unraisable


def sanitize(logger: str) -> None:
    """Let a library's logger, which writes by itself, write through ours and without what it quotes.

    Args:
        logger: Its name.
    """
    found = logging.getLogger(logger)
    for handler in list(found.handlers):
        found.removeHandler(handler)
    found.propagate = True
    if not any(isinstance(one, _Sanitizer) for one in found.filters):
        found.addFilter(_Sanitizer())


class _Sanitizer(logging.Filter):
    """Replaces what a foreign record says at its source."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = render_record(record), None
        record.exc_info = record.exc_text = record.stack_info = None
        setattr(record, READY_MARK, True)
        return True


class _Handover(logging.handlers.QueueHandler):
    """Hands finished lines to the thread that writes them."""

    def __init__(self, handler: logging.Handler) -> None:
        queue: SimpleQueue[logging.LogRecord] = SimpleQueue()
        super().__init__(queue)
        self._thread = _Listener(queue, handler)
        self._thread.start()
        atexit.register(self.end)

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        """Make the message here, so that nothing of the request is held by what waits to be written."""
        if getattr(record, READY_MARK, False):
            return record
        record = logging.makeLogRecord(record.__dict__)
        record.msg, record.args = render_record(record), None
        record.exc_info = record.exc_text = record.stack_info = None
        return record

    def end(self) -> None:
        """Write what waits, and stop."""
        atexit.unregister(self.end)
        if getattr(self._thread, "_thread", None) is not None:
            self._thread.stop()


def _thread_failed(args: threading.ExceptHookArgs) -> None:
    name = args.thread.name if args.thread else "unknown"
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        log.error("a thread ended with an error", thread=name, exc_info=args.exc_value)


def _process_failed(_kind: type[BaseException], error: BaseException, _trace: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        sys.stderr.write("Interrupted.\n")
        return
    known = isinstance(error, UpspiralError)
    log.critical("the program ended with an error", error=error, exc_info=None if known else error)


def _unraisable(given: "sys.UnraisableHookArgs") -> None:
    if given.exc_value is not None:
        log.warning("an error came where nobody could take it", exc_info=given.exc_value)


log = get_logger(__name__)
