"""What does a server do every few seconds beside answering?"""

from collections.abc import Callable
from threading import Event, Thread
from typing import Self

from upspiral.isolation import run_each

LOOK_EVERY_S = 30.0
MAX_FAILURES = 3
"""So many failures one after the other are a problem that is told."""


class Recurring:
    """Does something every so often while a server runs, such as beginning the nights that are due."""

    def __init__(self, name: str, do: Callable[[], object], *, every_s: float) -> None:
        self._name, self._do, self._every_s = name, do, every_s
        self._over = Event()
        self._thread = Thread(target=self._watch, daemon=True, name=name)
        self._failures = 0

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

    def problem(self) -> str | None:
        """Say in words what is wrong with it; None where it works."""
        if not self._over.is_set() and not self._thread.is_alive():
            return f"The background work {self._name!r} has stopped; restart the server."
        if self._failures >= MAX_FAILURES:
            return f"The background work {self._name!r} failed {self._failures} times in a row; see the log."
        return None

    def _watch(self) -> None:
        while not self._over.wait(self._every_s):
            failed = run_each("recurring work", [self._name], lambda _: self._do())
            self._failures = self._failures + 1 if failed else 0
