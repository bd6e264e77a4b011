"""What may be written into a log, and where does it go? Never what a user, a caller or a key said.

An exception's message often quotes the data that it stumbled over, so a log line holds the kind of the error
and the frames it passed through: no local variables, source lines, headers, bodies or SQL. Lines are built
from plain strings in microseconds and written by a thread of their own, so that an error never holds up the
event loop.
"""

import atexit
import logging
import logging.handlers
import os
import re
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, NamedTuple

from upspiral.errors import (
    Busy,
    ConfigError,
    HostError,
    ProviderError,
    StoreError,
    TrainingError,
    UpspiralError,
)
from upspiral.own_files import make_own_file, make_own_folder

MAX_VALUE_CHARS = 500
"""Longer values of a log line are cut."""
KEPT_TEXTS = 500
"""So many texts of lines are kept as they are written, as nearly all come again."""
MAX_FRAMES = 25
"""So many of the innermost frames of an error are written down."""
MAX_CAUSES = 4
"""So many errors that led to an error are written down."""
OPERATORS_WORDS = (Busy, ConfigError, HostError, StoreError, TrainingError)
"""Errors about the installation; their words are ours, and quote settings and folders only."""
CODES_WORDS = (AttributeError, ImportError, MemoryError, NameError, RecursionError, TypeError)
"""Errors about code; what they quote is left out."""
WELL_SPOKEN = ("alembic.runtime.migration", "uvicorn.error")
"""Loggers of others whose messages hold no content."""
GATHER_S = 0.05
"""Lines that come so soon after another are written together with others, at one waking of the thread."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BARE_VALUE = re.compile(r"[\w./:@+-]+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_NUMBERS = frozenset((int, float, bool))
"""Asked first, as that is quicker than for subclasses."""
_READY_MARK = "upspiral_ready"
"""Marks a record whose message was made here."""


class EventLogger:
    """Writes events as finished lines that are safe to keep, also where nobody called `configure`.

    The library's own methods would look up who calls them, for each line of each request.
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def debug(self, event: str, **fields: object) -> None:
        """Write what helps to find a fault."""
        self._log(logging.DEBUG, event, fields)

    def info(self, event: str, **fields: object) -> None:
        """Write what happens as it should."""
        self._log(logging.INFO, event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Write what went wrong and was coped with."""
        self._log(logging.WARNING, event, fields)

    def error(self, event: str, **fields: object) -> None:
        """Write what went wrong."""
        self._log(logging.ERROR, event, fields)

    def exception(self, event: str, **fields: object) -> None:
        """Write what went wrong, with the frames of the error that is being handled."""
        self._log(logging.ERROR, event, {"exc_info": True, **fields})

    def critical(self, event: str, **fields: object) -> None:
        """Write why nothing goes on."""
        self._log(logging.CRITICAL, event, fields)

    def _log(self, level: int, event: str, fields: dict[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.handle(_ReadyRecord(self._logger.name, level, _render_event(event, fields)))


class _ReadyRecord(logging.LogRecord):
    """A finished line, made without what the library looks up for each record: no line of ours shows it."""

    def __init__(self, name: str, level: int, line: str) -> None:
        self.__dict__.update(_BLANK_RECORD)
        self.name, self.levelno, self.levelname = name, level, logging.getLevelName(level)
        self.created = time.time()
        self.msecs = 1000 * (self.created % 1)
        self.msg = line


_BLANK_RECORD = {
    **logging.LogRecord("", logging.INFO, "", 0, "", None, None).__dict__,
    _READY_MARK: True,
}
"""What a record holds for the formatters of others."""


def get_logger(name: str) -> EventLogger:
    """Give the logger of a module.

    Use it as ``log.warning("what happened", which=name, error=error)``; an error is described, never quoted.
    With ``exc_info=error`` its frames are added.

    Args:
        name: Of the module.
    """
    return EventLogger(name)


def describe(error: BaseException) -> str:
    """Say what kind of error it is, without what it quotes.

    >>> describe(ValueError("the patient is called Anna"))
    'ValueError'
    >>> describe(ConfigError("The setting rank cannot be 0."))
    'ConfigError: The setting rank cannot be 0.'
    >>> describe(OSError(28, "No space left on device", "/home/anna"))
    'OSError: No space left on device'
    """
    name = type(error).__name__
    if isinstance(error, ProviderError):
        status = f", status {error.status}" if error.status else ""
        return f"{name}: of model {_clean(error.provider) or 'unknown'}{status}"
    if isinstance(error, OPERATORS_WORDS):
        return f"{name}: {_clean(f'{error} {error.detail}')}"
    if isinstance(error, OSError) and isinstance(error.errno, int):
        return f"{name}: {os.strerror(error.errno)}"
    if isinstance(error, CODES_WORDS):
        return f"{name}: {_clean(_QUOTED.sub('…', str(error)))}"
    code = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
    return f"{name} ({_clean(str(code))})" if code else name


def format_error(error: BaseException) -> str:
    """Give an error and what led to it, each with its frames as ``file:line in function``."""
    lines: list[str] = []
    for depth, one in enumerate(_chain(error)):
        lines.append(f"{'  caused by ' if depth else '  '}{describe(one)}")
        frames = [f"    {file}:{line} in {function}" for file, line, function in _frames(one.__traceback__)]
        lines += frames[-MAX_FRAMES:]
    return "\n".join(lines)


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
        record.msg, record.args = _render_record(record), None
        record.exc_info = record.exc_text = record.stack_info = None
        setattr(record, _READY_MARK, True)
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
        if getattr(record, _READY_MARK, False):
            return record
        record = logging.makeLogRecord(record.__dict__)
        record.msg, record.args = _render_record(record), None
        record.exc_info = record.exc_text = record.stack_info = None
        return record

    def end(self) -> None:
        """Write what waits, and stop."""
        atexit.unregister(self.end)
        if getattr(self._thread, "_thread", None) is not None:
            self._thread.stop()


def _render_event(event: str, fields: dict[str, object]) -> str:
    """Turn an event of ours into a finished line."""
    given = fields.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    said = " ".join([_clean(event), *[f"{name}={_value(value)}" for name, value in fields.items()]])
    return said if error is None else f"{said}\n{format_error(error)}"


def _render_record(record: logging.LogRecord) -> str:
    """Give what a record may say: all of our own, the template at most of others'."""
    if getattr(record, _READY_MARK, False):
        return record.getMessage()
    place = f"{record.filename}:{record.lineno} in {record.funcName}"
    if record.name in WELL_SPOKEN:
        said = _clean(record.getMessage())
    elif record.args and isinstance(record.msg, str):
        said = f"{_clean(record.msg)} ({place})"  # the template, without what was to be put into it
    else:
        said = f"reported something at {place}"
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    return f"{said}\n{format_error(error)}" if error is not None else said


def _value(value: object) -> str:
    if isinstance(value, BaseException):
        return f"[{describe(value)}]"
    if value is None or value.__class__ in _NUMBERS or isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, str | Path):
        return _render_text(str(value)[: MAX_VALUE_CHARS + 1])
    return type(value).__name__


@lru_cache(maxsize=KEPT_TEXTS)
def _render_text(text: str) -> str:
    """Write a text as one value; routes and ids of keys come again and again."""
    text = _clean(text)
    return text if _BARE_VALUE.fullmatch(text) else repr(text)


def _clean(text: str) -> str:
    r"""Leave out line breaks and control characters, and cut what is long.

    >>> _clean("a\nb")
    'a b'
    """
    if len(text) <= MAX_VALUE_CHARS and text.isprintable():  # as nearly all are
        return text.strip()
    return _CONTROL.sub(" ", text[: MAX_VALUE_CHARS + 1])[:MAX_VALUE_CHARS].strip()


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and len(seen) <= MAX_CAUSES and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)


def _frames(trace: TracebackType | None) -> Iterator[tuple[str, int, str]]:
    for frame, line in traceback.walk_tb(trace):
        code = frame.f_code
        yield _shorten(code.co_filename), line, code.co_name


def _shorten(path: str) -> str:
    """Leave out where the packages are installed.

    >>> _shorten("/usr/lib/python3/site-packages/upspiral/app.py")
    'upspiral/app.py'
    """
    return path.rpartition("site-packages/")[2].rpartition("/src/")[2]


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
