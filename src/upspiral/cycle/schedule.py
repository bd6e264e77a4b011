"""When does the night fall, and for which agents?"""

from collections.abc import Callable, Iterable
from datetime import datetime, time, timedelta
from threading import Event, Thread
from typing import Self
from zoneinfo import ZoneInfo

import structlog

from upspiral.domain import Cycle, Story
from upspiral.errors import UpspiralError

LOOK_EVERY_S = 30.0
LATE = timedelta(hours=4)
"""A night that could not begin by then, because nothing ran, is left to the next date."""

log = structlog.get_logger(__name__)


def is_due(now: datetime, nights: Iterable[Cycle], *, at: str, zone: str) -> bool:
    """Say whether tonight's night has still to begin: one per local date, never one long past.

    Args:
        now: The present moment.
        nights: The agent's nights so far.
        at: Local time of nightfall, such as ``02:00``.
        zone: The workspace's time zone.

    >>> from datetime import UTC
    >>> is_due(datetime(2026, 1, 5, 2, 1, tzinfo=UTC), [], at="02:00", zone="UTC")
    True
    >>> is_due(datetime(2026, 1, 5, 1, 59, tzinfo=UTC), [], at="02:00", zone="UTC")
    False
    >>> is_due(datetime(2026, 1, 5, 9, 0, tzinfo=UTC), [], at="02:00", zone="UTC")
    False
    """
    falls = nightfall(now, at=at, zone=zone)
    if falls is None:
        return False
    return not any(night.story == Story.IMPROVE and night.started >= falls for night in nights)


def nightfall(now: datetime, *, at: str, zone: str) -> datetime | None:
    """Give the moment at which tonight began; None where it has not yet, or is long past."""
    local = now.astimezone(ZoneInfo(zone))
    falls = datetime.combine(local.date(), time.fromisoformat(at), local.tzinfo)
    return falls if falls <= local < falls + LATE else None


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
                log.warning("recurring work failed", name=self._name, error=str(error))
