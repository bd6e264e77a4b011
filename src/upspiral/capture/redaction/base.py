"""What must a redactor be able to do? Hide what must not be stored, in everything that is recorded."""

from collections.abc import Callable, Iterator
from functools import reduce
from typing import Protocol

from msgspec import Struct

from upspiral.capture.redaction.rebuild import (
    Texts,
    rebuild_feedback,
    rebuild_interaction,
    rebuild_span,
    texts_of,
    texts_of_feedback,
    texts_of_span,
)
from upspiral.domain import Feedback, Interaction
from upspiral.domain.span import Span


class Redactor(Protocol):
    """Hides secrets and personal data; the same text always becomes the same, and nothing is hidden twice."""

    def text(self, text: str) -> str:
        """Hide in a text."""
        ...

    def interactions(self, given: list[Interaction]) -> list[Interaction]:
        """Hide in everything said, called, named and noted."""
        ...

    def feedback(self, feedback: Feedback) -> Feedback:
        """Hide in everything said and named in a signal."""
        ...

    def step(self, span: Span) -> Span:
        """Hide in everything named and noted in a step."""
        ...


class TextRedactor(Struct, frozen=True):
    """A Redactor of which only what becomes of one text has to be written.

    >>> TextRedactor(lambda text: text.replace("Anna", "[name]")).text("Hi Anna")
    'Hi [name]'
    """

    hide: Callable[[str], str]
    """Gives the text with what must be hidden replaced; what it gave it leaves as it is."""

    def text(self, text: str) -> str:
        """See `Redactor`."""
        return self.hide(text)

    def interactions(self, given: list[Interaction]) -> list[Interaction]:
        """See `Redactor`."""
        return [rebuild_interaction(one, self._hide_each(texts_of(one))) for one in given]

    def feedback(self, feedback: Feedback) -> Feedback:
        """See `Redactor`."""
        return rebuild_feedback(feedback, self._hide_each(texts_of_feedback(feedback)))

    def step(self, span: Span) -> Span:
        """See `Redactor`."""
        return rebuild_span(span, self._hide_each(texts_of_span(span)))

    def _hide_each(self, texts: Texts) -> Iterator[str]:
        return (self.hide(value) if value else value for _, value in texts)


class RedactorChain(Struct, frozen=True):
    """Several redactors, each of which sees what the one before it left."""

    redactors: tuple[Redactor, ...]

    def text(self, text: str) -> str:
        """See `Redactor`."""
        return reduce(lambda found, one: one.text(found), self.redactors, text)

    def interactions(self, given: list[Interaction]) -> list[Interaction]:
        """See `Redactor`."""
        return reduce(lambda found, one: one.interactions(found), self.redactors, given)

    def feedback(self, feedback: Feedback) -> Feedback:
        """See `Redactor`."""
        return reduce(lambda found, one: one.feedback(found), self.redactors, feedback)

    def step(self, span: Span) -> Span:
        """See `Redactor`."""
        return reduce(lambda found, one: one.step(found), self.redactors, span)
