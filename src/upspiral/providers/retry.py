"""Is it worth asking again, and after how long? Answered without waiting (pure)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import Random

from msgspec import Struct

from upspiral.errors import ProviderError, RateLimited

FIRST_WAIT_S = 0.5
MAX_PAUSE_S = 60.0
"""Longest pause between two calls where the provider does not say how long."""


class Patience(Struct, frozen=True):
    """How often and how long a caller is willing to wait."""

    attempts: int = 3
    """Calls in all, the first included."""
    max_wait_s: float = 10.0
    """Waiting in all, between the calls."""
    max_busy_wait_s: float = 0.0
    """Waiting in all for a provider that says that it is asked too often, however many calls that takes; 0 to
    treat it like any other failure. For work that nobody waits for."""

    def wait(self, error: ProviderError, *, attempt: int, waited: float, rng: Random) -> float | None:
        """Say how long to wait before asking again; None to give up.

        Args:
            error: What the last attempt ended with.
            attempt: Its number, from 1.
            waited: Seconds waited so far.
            rng: Spreads the callers, so that they do not all come back at once.

        >>> from upspiral.errors import RateLimited, Rejected
        >>> Patience().wait(Rejected(), attempt=1, waited=0, rng=Random(0)) is None
        True
        >>> Patience().wait(RateLimited(retry_after=2), attempt=1, waited=0, rng=Random(0))
        2.0
        >>> Patience().wait(RateLimited(retry_after=60), attempt=1, waited=0, rng=Random(0)) is None
        True
        """
        if isinstance(error, RateLimited) and self.max_busy_wait_s:
            pause = max(error.retry_after or 0.0, self._pause(attempt, rng))
            return pause if waited + pause <= self.max_busy_wait_s else None
        left = self.max_wait_s - waited
        if not error.retryable or attempt >= self.attempts or left <= 0:
            return None
        if error.retry_after is not None:
            return float(error.retry_after) if error.retry_after <= left else None
        return min(left, self._pause(attempt, rng))

    @staticmethod
    def _pause(attempt: int, rng: Random) -> float:
        return min(MAX_PAUSE_S, FIRST_WAIT_S * 2.0 ** min(attempt - 1, 20) * rng.uniform(0.5, 1.5))


def retry_after(value: str | None, *, now: datetime) -> float | None:
    """Read a Retry-After header: seconds, or a date; None where it is neither.

    >>> retry_after("2.5", now=datetime(2026, 1, 1, tzinfo=UTC))
    2.5
    >>> retry_after("Thu, 01 Jan 2026 00:00:30 GMT", now=datetime(2026, 1, 1, tzinfo=UTC))
    30.0
    >>> retry_after("soon", now=datetime(2026, 1, 1, tzinfo=UTC)) is None
    True
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds()
    return max(0.0, seconds) if seconds == seconds and seconds < 1e9 else None
