"""Planted truth: people who come by chance are no burst, and a crowd that comes at once is one."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from upspiral.stats.change.bursts import find_bursts

BEGIN, WINDOW = datetime(2026, 1, 5, tzinfo=UTC), timedelta(minutes=10)


def _arrive(rng: Random, *, per_hour: float, days: float, rhythm: bool = False) -> dict[str, datetime]:
    """Let people come at random; with a rhythm nobody comes at night and twice as many at noon."""
    found: dict[str, datetime] = {}
    at, end = BEGIN, BEGIN + timedelta(days=days)
    while (at := at + timedelta(hours=rng.expovariate(2 * per_hour))) < end:
        share = max(0.0, 1 - abs(at.hour - 12) / 6) if rhythm else 0.5
        if rng.random() < share:
            found[f"user{len(found)}"] = at
    return found


@pytest.mark.parametrize("per_hour", [0.1, 1, 6, 60])
@pytest.mark.parametrize("rhythm", [False, True])
def test_people_who_come_by_chance_are_no_burst(per_hour: float, rhythm: bool) -> None:
    rng = Random(0)
    for _ in range(5):
        assert find_bursts(_arrive(rng, per_hour=per_hour, days=7, rhythm=rhythm), window=WINDOW) == {}


@pytest.mark.parametrize("per_hour", [0.1, 1, 6, 60])
def test_a_crowd_that_comes_at_once_is_found_and_nobody_else(per_hour: float) -> None:
    rng = Random(1)
    for _ in range(5):
        people = _arrive(rng, per_hour=per_hour, days=7)
        start = BEGIN + timedelta(days=3)
        crowd = {f"bot{n}": start + timedelta(seconds=rng.uniform(0, 590)) for n in range(150)}
        found = find_bursts(people | crowd, window=WINDOW)
        assert crowd.keys() <= found.keys()
        assert len(found) - len(crowd) <= 40  # who happened to come in the same minutes
        assert len(set(found.values())) == 1


def test_nobody_is_no_burst() -> None:
    assert find_bursts({}, window=WINDOW) == {}
