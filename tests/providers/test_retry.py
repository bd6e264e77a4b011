"""When it is worth asking again, and after how long."""

from datetime import UTC, datetime
from random import Random

import pytest

from upspiral.errors import AuthFailed, ProviderError, RateLimited, Rejected, Unavailable
from upspiral.providers.retry import MAX_PAUSE_S, Patience, retry_after

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _wait(error: ProviderError, attempt: int = 1, waited: float = 0.0, **more: float) -> float | None:
    return Patience(**more).wait(error, attempt=attempt, waited=waited, rng=Random(attempt))  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [Rejected(), AuthFailed()])
def test_what_cannot_get_better_is_not_asked_again(error: ProviderError) -> None:
    assert _wait(error) is None


def test_waits_grow_and_stay_within_the_budget() -> None:
    waits = [_wait(Unavailable(), attempt, attempts=20, max_wait_s=1e9) for attempt in range(1, 15)]
    known = [wait for wait in waits if wait is not None]
    assert len(known) == 14
    assert known[0] <= 1
    assert max(known) <= MAX_PAUSE_S
    assert sum(known[7:]) > sum(known[:7])


def test_after_as_many_attempts_or_so_long_a_wait_it_is_given_up() -> None:
    assert _wait(Unavailable(), attempt=3, attempts=3) is None
    assert _wait(Unavailable(), waited=10.0, max_wait_s=10.0) is None


def test_a_provider_that_says_how_long_is_waited_for_as_it_asks_if_there_is_time() -> None:
    assert _wait(RateLimited(retry_after=2.0)) == 2.0
    assert _wait(RateLimited(retry_after=11.0)) is None
    assert _wait(RateLimited(retry_after=11.0), max_busy_wait_s=60.0) == 11.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("2.5", 2.5),
        ("0", 0.0),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30.0),
        ("soon", None),
        (None, None),
        ("nan", None),
    ],
)
def test_the_header_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, now=NOW) == seconds
