"""Is a rewrite worth teaching? Only where two who could not confer say the same (pure)."""

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

from upspiral.domain import Feedback, Rewrite, Source
from upspiral.scorers.base import Scorer

Taken = tuple[str, str]
"""An answer and who wrote it."""


def find_agreement(question: str, rewrites: Sequence[Rewrite], *, scorer: Scorer) -> Rewrite | None:
    """Give the first answer that another independent one agrees with; None where no two agree.

    Args:
        question: What was asked.
        rewrites: The teacher's answers and errors.
        scorer: Tells whether two answers say the same.
    """
    for one, other in combinations([rewrite for rewrite in rewrites if rewrite.answer], 2):
        if says_same(question, one.answer or "", other.answer or "", scorer=scorer):
            return one
    return None


def says_same(question: str, one: str, other: str, *, scorer: Scorer) -> bool:
    """Tell whether two answers say the same, whichever of them is the reference.

    >>> from upspiral.scorers import Agreement
    >>> says_same("", "It takes 5 days.", "It takes five days!", scorer=Agreement())
    True
    """
    values = scorer.score(question, one, other).value, scorer.score(question, other, one).value
    return min(values) >= scorer.success_at


def correction_of(feedback: Sequence[Feedback]) -> Feedback | None:
    """Give the newest correction among the signals about one Interaction."""
    written = [signal for signal in feedback if signal.correction and signal.correction.strip()]
    return max(written, key=lambda signal: (signal.at, signal.id), default=None)


def needs_teacher(
    correction: Feedback | None, *, corrections: Literal["trusted", "verified", "ignored"]
) -> bool:
    """Tell whether a failure has to be put to a teacher, or its correction is taken as it is.

    A correction by a human evaluator of one's own is as good as trusted; one from a page is never taken as it
    is, for nobody vouches for who wrote it.
    """
    if correction is None or correction.public or corrections == "ignored":
        return True
    return corrections == "verified" and correction.source != Source.HUMAN_EVALUATION


def is_correction_verified(
    question: str, correction: Feedback, rewrites: Sequence[Rewrite], *, scorer: Scorer
) -> bool:
    """Tell whether a user's correction says the same as at least one answer of the teacher."""
    return any(
        says_same(question, correction.correction or "", rewrite.answer, scorer=scorer)
        for rewrite in rewrites
        if rewrite.answer
    )
