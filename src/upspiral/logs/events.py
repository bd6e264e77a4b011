"""How does a module write to the log? Events as finished lines, made from plain strings in microseconds."""

import logging
import time

from upspiral.logs.wording import READY_MARK, render_event


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
            self._logger.handle(_ReadyRecord(self._logger.name, level, render_event(event, fields)))


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
    READY_MARK: True,
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
