"""What comes again and again, and when did it last?"""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from upspiral.domain.ids import WorkspaceId

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
PATTERN = rf"^(off|every ([1-9]|1\d|2[0-4])h|(daily|{'|'.join(WEEKDAYS)}) ([01]\d|2[0-3]):[0-5]\d)$"
"""How a rhythm is written."""
SKEW = timedelta(minutes=10)
"""Clocks of servers may differ by so much; what began later than that from now began on a wrong clock."""
MAX_JUMP = timedelta(hours=25)
"""A clock that is further ahead of what it should be is not believed where something would be deleted."""
MAX_DELAY = timedelta(hours=4)
"""Something daily that could not begin by then, because nothing ran, is left to the next date."""


class Schedule(Struct, frozen=True, kw_only=True):
    """The last time that something recurring was done in a workspace."""

    workspace: WorkspaceId
    name: str
    began: datetime
    ended: datetime | None = None
    """None while it runs, or where its process died."""
    said: str = ""
    """What came of it, in words."""


def doubt_clock(now: datetime, newest: datetime | None, *, passed: timedelta, drift: timedelta) -> str | None:
    """Say why the clock is not to be believed where something would be deleted by it; None where it is.

    Args:
        now: What the clock says.
        newest: When the newest record was made; None where there is none.
        passed: How long this process has run, by a clock that nobody sets.
        drift: By how much the clock has moved more than that meanwhile; negative where it moved less.

    >>> noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> doubt_clock(noon, noon - timedelta(days=400), passed=timedelta(hours=1), drift=timedelta())
    'it is 400.0 days ahead of the newest record'
    >>> doubt_clock(noon, noon - timedelta(days=400), passed=timedelta(hours=26), drift=timedelta())
    """
    day = timedelta(days=1)
    if drift > MAX_JUMP:
        return f"it jumped ahead by {drift / day:.1f} days since the start"
    if newest is not None and now - newest > MAX_JUMP and passed < MAX_JUMP:
        return f"it is {(now - newest) / day:.1f} days ahead of the newest record"
    return None


class Rhythm(Struct, frozen=True):
    """How often something is done: every some hours, each day, or on one weekday; never where nothing is set.

    >>> Rhythm.read("monday 03:00").latest(datetime(2026, 1, 7, tzinfo=UTC), "UTC")
    datetime.datetime(2026, 1, 5, 3, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC'))
    """

    hours: int | None = None
    at: time | None = None
    weekday: int | None = None
    """0 is Monday; None for every day."""

    @classmethod
    def read(cls, text: str) -> "Rhythm":
        """Read ``off``, ``every 6h``, ``daily 02:00`` or ``sunday 04:00``.

        Raises:
            ValueError: It is none of these.
        """
        found = re.fullmatch(PATTERN, text)
        if not found:
            raise ValueError(f"{text!r} is no rhythm such as 'daily 02:00', 'monday 03:00' or 'every 6h'.")
        if text == "off":
            return cls()
        if found[2]:
            return cls(hours=int(found[2]))
        day, at = text.split()
        return cls(at=time.fromisoformat(at), weekday=WEEKDAYS.index(day) if day in WEEKDAYS else None)

    def latest(self, now: datetime, zone: str) -> datetime | None:
        """Give the newest moment, up to now, at which it is to be done."""
        if self.hours:
            step = 3600 * self.hours
            return datetime.fromtimestamp(now.timestamp() // step * step, UTC)
        return self._search(now, zone, range(0, -8, -1))

    def following(self, now: datetime, zone: str) -> datetime | None:
        """Give the first moment after now at which it is to be done."""
        if self.hours:
            step = 3600 * self.hours
            return datetime.fromtimestamp((now.timestamp() // step + 1) * step, UTC)
        return self._search(now, zone, range(9))

    def due(
        self, now: datetime, last: datetime | None, zone: str, *, since: datetime | None = None
    ) -> datetime | None:
        """Give the moment for which it is to be done now; None where it was, or where that is long past.

        Args:
            now: The present moment.
            last: When it was last done; None for never.
            zone: The time zone in which days and hours are meant.
            since: When there was first something to do it for. A time of day before that is not made up for:
                a server that is installed on a Monday at noon does not do then what belongs to 03:00.

        >>> noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
        >>> Rhythm.read("daily 02:00").due(noon, None, "UTC") is None
        True

        What was last done in the future, on a clock that was wrong, counts as never done.

        >>> Rhythm.read("every 6h").due(noon, noon + timedelta(days=400), "UTC").hour
        12
        """
        moment = self.latest(now, zone)
        if moment is None or (last is not None and moment <= last <= now + SKEW):
            return None
        if self.hours:
            return moment
        made_up_for = since is None or since <= moment or since > now + SKEW
        return moment if made_up_for and now < moment + self._offset() else None

    def _offset(self) -> timedelta:
        return MAX_DELAY if self.weekday is None else timedelta(days=1)

    def _search(self, now: datetime, zone: str, days: range) -> datetime | None:
        local, ahead = now.astimezone(ZoneInfo(zone)), days.step > 0
        for day in days:
            moment = self._on(local.date() + timedelta(days=day), local)
            if moment and (moment > now) == ahead:
                return moment
        return None

    def _on(self, day: date, local: datetime) -> datetime | None:
        if self.at is None or self.weekday not in (None, day.weekday()):
            return None
        return datetime.combine(day, self.at, local.tzinfo)


class OwnRhythm(Struct, frozen=True, kw_only=True):
    """How often something recurs in one workspace, in place of what the settings say."""

    workspace: WorkspaceId
    name: str
    rhythm: str
    """Such as `daily 02:00`, `every 6h` or `off`."""
    at: datetime
    """When it was set."""


class RhythmInForce(Struct, frozen=True):
    """How often something recurs, and since when that holds.

    >>> noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    >>> RhythmInForce("daily 11:00", since=noon).due(noon, None, "UTC") is None
    True
    """

    rhythm: str
    since: datetime | None = None
    """When it was set for the workspace; None where it is that of the settings."""

    def due(
        self, now: datetime, last: datetime | None, zone: str, *, since: datetime | None = None
    ) -> datetime | None:
        """Give the moment for which it is to be done now; see `Rhythm.due`. One before it was set is none."""
        moment = Rhythm.read(self.rhythm).due(now, last, zone, since=since)
        was_set = self.since if self.since and self.since <= now + SKEW else None
        return None if moment and was_set and moment < was_set else moment

    def following(self, now: datetime, zone: str) -> datetime | None:
        """Give the first moment after now at which it is to be done."""
        return Rhythm.read(self.rhythm).following(now, zone)
