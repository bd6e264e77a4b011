"""One night per local date, in its time."""

from datetime import UTC, datetime, timedelta

from upspiral.cycle.schedule import is_due
from upspiral.domain import Cycle, Story
from upspiral.domain.ids import AgentId, CycleId, WorkspaceId

TWO = datetime(2026, 3, 28, 2, 0, tzinfo=UTC)


def _night(started: datetime, story: Story = Story.IMPROVE) -> Cycle:
    return Cycle(
        id=CycleId("c"),
        workspace=WorkspaceId("default"),
        agent=AgentId("support"),
        story=story,
        started=started,
        since=started,
        until=started,
    )


def _nights(zone: str, *, days: int, step: timedelta) -> list[datetime]:
    """Live some days, looking at the clock now and then, and begin every night that is due."""
    begun: list[Cycle] = []
    now = TWO - timedelta(hours=12)
    while now < TWO + timedelta(days=days):
        if is_due(now, begun, at="02:00", zone=zone):
            begun.append(_night(now))
        now += step
    return [night.started for night in begun]


def test_there_is_one_night_a_date_also_where_the_clock_changes() -> None:
    for zone in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu"):
        assert len(_nights(zone, days=4, step=timedelta(minutes=7))) in (4, 5)
        gaps = [
            b - a for a, b in zip(*[iter(_nights(zone, days=4, step=timedelta(minutes=7)))] * 2, strict=False)
        ]
        assert all(timedelta(hours=22) < gap < timedelta(hours=26) for gap in gaps)


def test_a_night_that_is_long_past_is_not_made_up() -> None:
    assert not is_due(TWO + timedelta(hours=5), [], at="02:00", zone="UTC")


def test_a_part_run_by_hand_is_no_night() -> None:
    by_hand = [_night(TWO + timedelta(minutes=1), Story.TRAIN)]
    assert is_due(TWO + timedelta(minutes=2), by_hand, at="02:00", zone="UTC")
