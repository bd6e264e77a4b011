"""What must a scorer be able to do? Measure one answer against what should have been said.

What is registered makes one from `success_at`, so a class with that one argument registers itself.
"""

from typing import Protocol

from upspiral.domain import Score

SHORTFALL = 0.01
"""By so much an answer that does not agree stays below what counts as a success, at least."""


class Scorer(Protocol):
    """Measures an answer; the same three texts always give the same Score."""

    name: str
    success_at: float
    """An answer of this score or more is a success: the setting `capture.success_at`."""
    compares: bool
    """Does it tell whether an answer says the same as the reference?"""

    def score(self, question: str, reference: str, answer: str) -> Score:
        """Measure an answer.

        Args:
            question: What was asked.
            reference: What should be said.
            answer: What was said.
        """
        ...
