"""Where do log lines go?"""

import logging
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import structlog


def get_logger(name: str) -> Any:
    """Give a logger of that name."""
    return structlog.wrap_logger(
        logging.getLogger(name),
        processors=[structlog.stdlib.filter_by_level, structlog.stdlib.render_to_log_kwargs, _in_a_line],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def configure(*, level: str = "WARNING", file: Path | None = None) -> None:
    """Send every log line of this process to the standard error, or to a file.

    Args:
        level: Least severe level that is written.
        file: Where to; None for the standard error.
    """
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = logging.FileHandler(file) if file else logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-8s %(name)s: %(message)s"))
    logging.root.handlers = [handler]
    logging.root.setLevel(level)


def _in_a_line(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write what was given with a line behind it."""
    given = event.pop("extra", {})
    event["msg"] = " ".join([str(event["msg"]), *(f"{name}={value}" for name, value in given.items())])
    return event
