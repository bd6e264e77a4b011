"""How is an event or an error written as a line? Never with what a user, a caller or a key said.

An exception's message often quotes the data that it stumbled over, so a log line holds the kind of the error
and the frames it passed through: no local variables, source lines, headers, bodies or SQL.
"""

import logging
import os
import re
import sys
import traceback
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from types import TracebackType

from upspiral.errors import (
    Busy,
    ConfigError,
    HostError,
    ProviderError,
    StoreError,
    TrainingError,
)

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
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_BARE_VALUE = re.compile(r"[\w./:@+-]+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|`[^`]*`")
_NUMBERS = frozenset((int, float, bool))
"""Asked first, as that is quicker than for subclasses."""
READY_MARK = "upspiral_ready"
"""Marks a record whose message was made here."""


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


def render_event(event: str, fields: dict[str, object]) -> str:
    """Turn an event of ours into a finished line."""
    given = fields.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    said = " ".join([_clean(event), *[f"{name}={_value(value)}" for name, value in fields.items()]])
    return said if error is None else f"{said}\n{format_error(error)}"


def render_record(record: logging.LogRecord) -> str:
    """Give what a record may say: all of our own, the template at most of others'."""
    if getattr(record, READY_MARK, False):
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
