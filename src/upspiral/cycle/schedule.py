"""What does a server do every few seconds beside answering?"""

from collections.abc import Callable
from threading import Event, Thread
from typing import Self

from upspiral.errors import UpspiralError
from upspiral.logs import get_logger

LOOK_EVERY_S = 30.0

log = get_logger(__name__)


class Recurring:
    """Does something every so often while a server runs, such as beginning the nights that are due."""

    def __init__(self, name: str, do: Callable[[], object], *, every_s: float) -> None:
        self._name, self._do, self._every_s = name, do, every_s
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True, name=name)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin; the first time comes after one interval."""
        self._thread.start()

    def stop(self) -> None:
        """Do it no more."""
        self._over.set()
        self._thread.join(5)

    def _watch(self) -> None:
        while not self._over.wait(self._every_s):
            try:
                self._do()
            except UpspiralError as error:
                log.warning("recurring work failed", name=self._name, error=error)
