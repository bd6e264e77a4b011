"""Is it getting better? Only where the interval of the difference says so."""

from datetime import timedelta

import pytest
from tests.conftest import START

from upspiral.analyze.metrics import Breakdown
from upspiral.domain.rollup import day_of
from upspiral.queries.overview import compare_days


def make_day(age: int, *, settled: int, failures: int) -> Breakdown:
    return Breakdown(
        key=day_of(START - timedelta(days=age)),
        n=settled,
        settled=settled,
        failures=failures,
        rate=(settled - failures) / settled,
        low=0.0,
        high=1.0,
        latency_ms=0.0,
    )


@pytest.mark.parametrize(
    ("recent", "earlier", "direction"),
    [
        ((100, 10), (400, 160), "better"),
        ((100, 60), (400, 100), "worse"),
        ((100, 30), (400, 120), "steady"),
        ((3, 0), (3, 2), "steady"),
    ],
)
def test_the_direction_is_that_of_the_whole_interval(
    recent: tuple[int, int], earlier: tuple[int, int], direction: str
) -> None:
    days = [
        make_day(20, settled=earlier[0], failures=earlier[1]),
        make_day(2, settled=recent[0], failures=recent[1]),
    ]
    found = compare_days(days, now=START)
    assert found.direction == direction
    assert (found.recent.n, found.earlier.n) == (recent[0], earlier[0])


def test_with_nothing_to_compare_with_nothing_is_claimed() -> None:
    assert compare_days([], now=START).direction == "unknown"
    assert compare_days([make_day(1, settled=50, failures=1)], now=START).direction == "unknown"


def test_days_before_the_five_weeks_do_not_count() -> None:
    days = [make_day(36, settled=500, failures=500), make_day(10, settled=50, failures=10)]
    assert compare_days(days, now=START).earlier.n == 50
