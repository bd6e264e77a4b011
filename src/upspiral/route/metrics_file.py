"""Where do the profiles stand for others to read? One JSON file, written whole or not at all."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from upspiral.errors import InvalidInput
from upspiral.logs import get_logger
from upspiral.route.profiles import Profile, from_json, to_json

BETWEEN_S = 1.0
"""It is written at most once in so many seconds, and when it is closed."""
log = get_logger(__name__)


class MetricsFile:
    """The file of the performance feedback document.

    Args:
        path: Where it is.
        wanted: Is it to be made where there is none?
    """

    def __init__(self, path: Path, *, wanted: bool = True) -> None:
        self.path, self.wanted = path, wanted
        self._written: Mapping[str, Profile] | None = None
        self._at = -BETWEEN_S
        self._lock = Lock()

    def read(self) -> dict[str, Profile]:
        """Give what stands there; nothing where there is no file.

        A file that cannot be read is moved aside and logged: it must not stop the traffic.
        """
        try:
            return from_json(self.path.read_bytes())
        except FileNotFoundError:
            return {}
        except InvalidInput as error:
            aside = self.path.with_suffix(".unreadable")
            self.path.replace(aside)
            log.warning("the metrics file cannot be read", moved_to=str(aside), error=error)
            return {}

    def offer(self, profiles: Mapping[str, Profile], *, at_once: bool = False) -> None:
        """Write the profiles, unless they stand there already or the last writing was just now.

        Args:
            profiles: As a `ProfileBook` gives them: another object after each change.
            at_once: Write however short ago the last writing was.
        """
        with self._lock:
            if not (self.wanted or self.path.exists()):
                return
            if profiles is self._written or not (at_once or time.monotonic() - self._at >= BETWEEN_S):
                return
            try:
                self._write(to_json(profiles).encode())
            except OSError as error:
                log.warning("the metrics file cannot be written", path=str(self.path), error=error)
            self._written, self._at = profiles, time.monotonic()

    def _write(self, text: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        half = self.path.with_name(f"{self.path.name}.half")
        with half.open("wb") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        half.replace(self.path)
