"""Is a weakness growing, steady or fading?"""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from upspiral.domain import Trend
from upspiral.stats.drift import trend as direction


def trend(members: Sequence[date], everything: Sequence[date]) -> Trend:
    """Judge the trend of a group's share by the day.

    Args:
        members: Day of each of its failures.
        everything: Day of every conversation.

    >>> trend([date(2026, 1, 1)], [date(2026, 1, 1)] * 5).value
    'steady'
    """
    hits, totals = Counter(members), Counter(everything)
    days = sorted(totals)
    return Trend(direction([hits[day] for day in days], [totals[day] for day in days]))
