"""A search asks what the settings and the budget bear, or nothing at all."""

import pytest
from tests.cycle.levers.search.shop import case

from upspiral.cycle.levers.search.plan import (
    BATCH_CASES,
    MAX_BUDGET_SHARE,
    MAX_CASES,
    MIN_ROUNDS,
    OVERRUN,
    SearchCases,
    select_cases,
    size_search,
)
from upspiral.domain import ExampleKind

NO_CASES = SearchCases((), 0)


def test_failures_come_first_and_good_answers_fill_what_is_left() -> None:
    found = select_cases([case(n) for n in range(300)])
    kinds = [one.kind for one in found.all]
    assert len(found.all) == MAX_CASES
    assert found.failed == MAX_CASES // 2
    assert kinds == [ExampleKind.CORRECTION] * found.failed + [ExampleKind.REPLAY] * found.failed


def test_where_little_failed_more_good_answers_are_held() -> None:
    found = select_cases([case(1), *(case(3 * n) for n in range(100))])
    assert (found.failed, len(found.all)) == (1, MAX_CASES)
    assert select_cases([]).all == ()


@pytest.mark.parametrize("affordable", [None, 75, 130, 500, 10_000])
def test_no_more_is_asked_than_is_wanted_and_affordable(
    affordable: int | None,
) -> None:
    size = size_search(120, NO_CASES, affordable=affordable)
    assert size
    assert size.answers <= 120
    if affordable is not None:
        assert size.most_answers <= affordable * MAX_BUDGET_SHARE + OVERRUN
    assert size.proposals * 2 * BATCH_CASES <= size.answers


def test_a_search_that_could_not_do_two_rounds_is_not_begun() -> None:
    cases = select_cases([case(n) for n in range(30)])
    least = len(cases.all) + MIN_ROUNDS * 2 * BATCH_CASES
    assert size_search(least - 1, cases, affordable=None) is None
    found = size_search(least, cases, affordable=None)
    assert found
    assert found.proposals >= MIN_ROUNDS
    assert size_search(120, cases, affordable=0) is None
