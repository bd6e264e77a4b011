"""What must a judge be able to do? Say which of two answers is better, and how good one is."""

from typing import Protocol

from msgspec import Struct

from upspiral.domain import Score
from upspiral.domain.judgment import JudgeVersion, Preferred


class Comparison(Struct, frozen=True, kw_only=True):
    """Two answers to one question, in the order in which they are shown."""

    question: str
    first: str
    second: str
    reference: str | None = None
    """What should have been said, where somebody knows."""

    @property
    def is_same(self) -> bool:
        """Say whether both answers are the same text, so that nobody needs to be asked."""
        return self.first.strip() == self.second.strip()


class Grading(Struct, frozen=True, kw_only=True):
    """One answer to one question."""

    question: str
    answer: str
    reference: str | None = None
    """What should have been said, where somebody knows; else the rubric alone decides."""


class Judge(Protocol):
    """Rates answers by asking somebody, usually a model. Texts are data to it, whatever they say.

    It is asked in both orders by whoever uses it, and its error is measured on what people label.
    """

    @property
    def version(self) -> JudgeVersion:
        """Everything that changes its verdicts; two that differ in anything differ here."""
        ...

    async def compare(self, asked: Comparison, /, *, call_id: str) -> Preferred | None:
        """Say which answer is better; None where nothing of the closed set was said.

        Args:
            asked: What is compared.
            call_id: The same for every repetition of this call, so that a provider charges for one only.

        Raises:
            ProviderError: No answer was to be had.
        """
        ...

    async def grade(self, asked: Grading, /, *, call_id: str) -> Score | None:
        """Say how good an answer is, 0 to 1; None where no grade was said.

        Raises:
            ProviderError: No answer was to be had.
        """
        ...
