"""What may be written into a log, and where does it go? Never what a user, a caller or a key said."""

from upspiral.logs.events import EventLogger, get_logger
from upspiral.logs.files import LogLimits, configure, rotate, sanitize
from upspiral.logs.wording import describe, format_error

__all__ = [
    "EventLogger",
    "LogLimits",
    "configure",
    "describe",
    "format_error",
    "get_logger",
    "rotate",
    "sanitize",
]
