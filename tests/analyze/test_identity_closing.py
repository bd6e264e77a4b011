"""What is no longer found is closed, but only where it would have been found."""

from datetime import timedelta

import pytest
from msgspec import structs
from tests.analyze.test_identity import NIGHT, _pattern
from tests.conftest import START

from upspiral.analyze.identity import count_expected, find_missed, match_known
from upspiral.domain import Pattern, PatternState, Polarity

OPEN, IMPROVING, CLOSED = PatternState
KNOWN = _pattern("old", ("refund",), failures=20, conversations=30, rest_conversations=70)


def _after(known: Pattern, days: float, *, searched: int = 100) -> PatternState:
    """Search again and find nothing."""
    now = START + timedelta(days=days)
    told = find_missed([known], [], searched=searched, enough=10, now=now)
    return told[0].state if told else known.state


@pytest.mark.parametrize(("days", "state"), [(1, IMPROVING), (6.9, IMPROVING), (7, CLOSED), (30, CLOSED)])
def test_a_weakness_that_is_not_found_again_improves_and_is_closed_after_a_week(
    days: float, state: PatternState
) -> None:
    assert _after(KNOWN, days) == state


def test_a_search_of_too_few_conversations_says_nothing() -> None:
    assert count_expected(KNOWN, 49) < 10 < count_expected(KNOWN, 51)
    assert _after(KNOWN, 30, searched=49) == OPEN
    assert _after(KNOWN, 30, searched=51) == CLOSED


def test_a_strength_is_missed_by_what_went_well() -> None:
    strength = structs.replace(KNOWN, polarity=Polarity.STRENGTH)
    assert count_expected(strength, 200) == 20


def test_what_is_found_again_is_left_alone_and_a_repeated_search_changes_nothing() -> None:
    assert find_missed([KNOWN], [KNOWN], searched=100, enough=10, now=START + 9 * NIGHT) == []
    closed = structs.replace(KNOWN, state=CLOSED)
    assert find_missed([closed], [], searched=100, enough=10, now=START + NIGHT) == []


def test_a_closed_weakness_that_comes_back_is_open() -> None:
    closed = structs.replace(KNOWN, state=CLOSED)
    for days in (0, 30):
        [found] = match_known([structs.replace(KNOWN, at=START + days * NIGHT)], [closed])
        assert (found.id, found.state) == ("old", OPEN)


def test_a_weakness_that_surely_fails_less_often_than_before_is_improving_until_it_does_not() -> None:
    was = structs.replace(KNOWN, failure_rate_low=0.6, failure_rate_high=0.9)
    now = structs.replace(KNOWN, failure_rate_low=0.3, failure_rate_high=0.5, at=START + NIGHT)
    [better] = match_known([now], [was])
    assert better.state == IMPROVING
    [repeated] = match_known([now], [better])
    assert repeated.state == IMPROVING
    [same] = match_known([structs.replace(now, at=START + 2 * NIGHT)], [better])
    assert same.state == OPEN
