"""What must a scorer be able to do? Measure one answer against what should have been said.

What is registered makes one from `success_at`, so a class with that one argument registers itself.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from upspiral.domain import Score, ToolCall
from upspiral.domain.interaction import ToolDefinition

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


@runtime_checkable
class CallGuard(Protocol):
    """What a Scorer may be able to do besides: measure the tools that an answer calls."""

    def check_calls(self, calls: Sequence[ToolCall], tools: Sequence[ToolDefinition]) -> Score:
        """Measure calls.

        Args:
            calls: Those of one answer, in their order.
            tools: What the request defined; none where that is not known.
        """
        ...
