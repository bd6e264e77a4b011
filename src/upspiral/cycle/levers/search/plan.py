"""How much may a search for instructions ask? As much as is set, and as the night's budget bears (pure)."""

from collections.abc import Sequence

from msgspec import Struct

from upspiral.cycle.levers.proposal import spread_cases
from upspiral.domain import Example, ExampleKind

OVERRUN = 1.3
"""GEPA looks at its limit between two rounds only, and overran it by up to 29 %: so much is set aside."""
MAX_BUDGET_SHARE = 0.5
"""Of what is left of the night's budget: drafts must be tried, and the best one proven, out of the rest."""
MAX_CASES = 24
"""By so many teaching cases instructions are measured at most."""
BATCH_CASES = 3
"""Cases that one proposal is made from: GEPA's own default."""
MIN_ROUNDS = 2
"""A search for fewer rounds than this finds nothing that one question to the teacher would not."""


class SearchCases(Struct, frozen=True):
    """The teaching cases of a search; they are named by their number in `all`."""

    all: tuple[Example, ...]
    """Failures first, then what went well."""
    failed: int
    """How many of them are failures."""


class SearchSize(Struct, frozen=True):
    """How much a search may ask."""

    answers: int
    """To so many cases; GEPA stops at the first round after that."""
    proposals: int
    """Of a teacher, at most."""

    @property
    def most_answers(self) -> int:
        """After so many nobody answers any more."""
        return round(OVERRUN * self.answers)


def select_cases(cases: Sequence[Example]) -> SearchCases:
    """Choose failures from every weakness, and about as many good answers that must not be lost.

    Args:
        cases: Those that levers may read.
    """
    failed = spread_cases([one for one in cases if one.kind is not ExampleKind.REPLAY], MAX_CASES // 2)
    good = [one for one in cases if one.kind is ExampleKind.REPLAY][: MAX_CASES - len(failed)]
    return SearchCases((*failed, *good), len(failed))


def size_search(wanted: int, cases: SearchCases, *, affordable: int | None) -> SearchSize | None:
    """Say how much a search asks; None where that would be too little to find anything.

    A round asks a teacher once, and for answers of two versions to a few cases; what survives answers all.

    Args:
        wanted: Answers that the settings allow.
        cases: The teaching cases.
        affordable: Rounds' answers that are left in the night's budget; None for no limit.

    >>> cases = SearchCases((), 0)
    >>> size_search(120, cases, affordable=None)
    SearchSize(answers=120, proposals=20)
    >>> size_search(120, cases, affordable=130)
    SearchSize(answers=50, proposals=8)
    >>> size_search(120, cases, affordable=20)
    """
    borne = wanted if affordable is None else int(affordable * MAX_BUDGET_SHARE / OVERRUN)
    answers = min(wanted, borne)
    least = len(cases.all) + MIN_ROUNDS * 2 * BATCH_CASES
    if answers < least:
        return None
    return SearchSize(answers, answers // (2 * BATCH_CASES))
