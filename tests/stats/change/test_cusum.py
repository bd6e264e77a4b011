"""Alarms that are rare without a change and quick after one."""

from random import Random

import msgspec
import pytest

from upspiral.stats.change.cusum import SHIFTS, Cusum, CusumMonitor, safe_limits
from upspiral.stats.posterior import DecayedCounts


def first_alarm(rng: Random, before: float, after: float, *, change: int, length: int) -> int | None:
    tally, watch = DecayedCounts(), CusumMonitor()
    for at in range(length):
        score = float(rng.random() < (before if at < change else after))
        watch = watch.update(score, safe_limits(tally))
        tally = tally.plus(score, at=at, half_life=1e9)
        if watch.alarm(10_000):
            return at
    return None


@pytest.mark.long
@pytest.mark.parametrize("rate", [0.5, 0.85, 0.95])
def test_an_unchanged_agent_raises_few_alarms(rate: float) -> None:
    rng = Random(1)
    alarms = [first_alarm(rng, rate, rate, change=0, length=1_000) for _ in range(30)]
    expected = 30 * 1_000 / 10_000
    assert sum(alarm is not None for alarm in alarms) <= 2 * expected


def test_a_collapse_is_found_within_forty_outcomes() -> None:
    rng = Random(2)
    found = [first_alarm(rng, 0.85, 0.30, change=300, length=400) for _ in range(30)]
    delays = sorted((at if at is not None else 9_999) - 300 for at in found)
    assert delays[15] <= 30
    assert delays[27] <= 45


def test_a_recovery_is_found_too() -> None:
    assert first_alarm(Random(3), 0.4, 0.9, change=300, length=600) is not None


def test_an_alarm_knows_what_came_after_the_change() -> None:
    watch = CusumMonitor()
    for _ in range(20):
        watch = watch.update(0.0, (0.8, 0.9))
    alarm = watch.alarm(10_000)
    assert alarm is not None
    assert (alarm.n, alarm.good) == (20, 0.0)


def test_evidence_begins_again_when_it_has_gone() -> None:
    cusum = Cusum().update(0.0, before=0.8, after=0.4)
    for _ in range(3):
        cusum = cusum.update(1.0, before=0.8, after=0.4)
    assert cusum == Cusum()


def test_a_score_between_failure_and_success_is_weaker_evidence_than_a_failure() -> None:
    half, none = (Cusum().update(score, before=0.8, after=0.4).evidence for score in (0.2, 0.0))
    assert 0 < half < none


def test_certainty_and_impossibility_raise_no_error() -> None:
    watch = CusumMonitor()
    for limits in ((0.0, 1.0), (1.0, 1.0), (0.0, 0.0)):
        watch = watch.update(1.0, limits).update(0.0, limits)
    assert len(watch.cusums) == len(SHIFTS)


def test_a_watch_survives_json() -> None:
    watch = CusumMonitor().update(0.0, (0.8, 0.9))
    assert msgspec.json.decode(msgspec.json.encode(watch), type=CusumMonitor) == watch
