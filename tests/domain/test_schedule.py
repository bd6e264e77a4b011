"""Once per moment at which it is due, in its time, in every zone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from upspiral.domain.schedule import Rhythm

TWO = datetime(2026, 3, 28, 2, 0, tzinfo=UTC)
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")


def _lived(text: str, zone: str, *, days: int) -> list[datetime]:
    """Live some days, looking at the clock now and then, and do it whenever it is due."""
    rhythm, last, done = Rhythm.read(text), None, []
    now = TWO - timedelta(hours=12)
    while now < TWO + timedelta(days=days):
        if rhythm.due(now, last, zone):
            last = now
            done.append(now)
        now += timedelta(minutes=7)
    return done


@pytest.mark.parametrize("zone", ZONES)
def test_something_daily_is_done_once_a_date_also_where_the_clock_changes(zone: str) -> None:
    done = _lived("daily 02:00", zone, days=4)
    assert len(done) in (4, 5)
    gaps = [after - before for before, after in pairwise(done)]
    assert all(timedelta(hours=22) < gap < timedelta(hours=26) for gap in gaps)


@pytest.mark.parametrize("zone", ZONES)
def test_something_weekly_is_done_on_its_weekday_alone(zone: str) -> None:
    from zoneinfo import ZoneInfo

    done = _lived("monday 03:00", zone, days=28)
    assert len(done) == 4
    assert {moment.astimezone(ZoneInfo(zone)).weekday() for moment in done} == {0}


def test_every_six_hours_is_four_times_a_day() -> None:
    assert len(_lived("every 6h", "UTC", days=10)) in (41, 42, 43)


def test_what_is_off_is_never_due() -> None:
    assert _lived("off", "UTC", days=10) == []
    assert Rhythm.read("off").following(TWO, "UTC") is None


def test_something_daily_that_is_long_past_is_not_made_up_but_something_weekly_is_the_same_day() -> None:
    monday = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    assert Rhythm.read("daily 03:00").due(monday, None, "UTC") is None
    assert Rhythm.read("monday 03:00").due(monday, None, "UTC") == monday.replace(hour=3)
    assert Rhythm.read("monday 03:00").due(monday + timedelta(days=1), None, "UTC") is None


def test_the_next_time_is_after_now_and_no_more_than_its_step_away() -> None:
    for text, step in (("daily 02:00", 1), ("monday 03:00", 7), ("every 6h", 0.25)):
        following = Rhythm.read(text).following(TWO, "UTC")
        assert following is not None
        assert timedelta() < following - TWO <= timedelta(days=step)


def test_what_is_no_rhythm_is_refused() -> None:
    for text in ("", "daily", "daily 24:00", "every 0h", "every 25h", "someday 03:00", "daily 2:00"):
        with pytest.raises(ValueError, match="rhythm"):
            Rhythm.read(text)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("text", ["daily 02:00", "monday 03:00", "sunday 04:00"])
def test_what_is_installed_after_its_time_waits_for_the_next_one(text: str, zone: str) -> None:
    rhythm = Rhythm.read(text)
    for hours in range(0, 24 * 9, 5):
        installed = TWO + timedelta(hours=hours)
        first = next(
            now
            for now in (installed + timedelta(minutes=5 * n) for n in range(12 * 24 * 9))
            if rhythm.due(now, None, zone, since=installed)
        )
        assert first - rhythm.latest(first, zone) < timedelta(minutes=5)  # type: ignore[operator]
        assert first >= installed


def test_a_place_from_before_makes_up_for_a_time_at_which_nothing_ran() -> None:
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)  # a Monday
    weekly = Rhythm.read("monday 03:00")
    assert weekly.due(noon, None, "UTC", since=noon - timedelta(days=3))
    assert weekly.due(noon, None, "UTC", since=noon - timedelta(hours=1)) is None
    assert weekly.due(noon, None, "UTC", since=noon + timedelta(days=900))  # made on a wrong clock
    assert Rhythm.read("every 6h").due(noon, None, "UTC", since=noon)
