"""What does a model read before a request? Instructions, rules, fixed examples and those retrieved for it."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from upspiral.domain.agent import AgentVersion
from upspiral.domain.ids import MemoryItemId
from upspiral.domain.message import Message
from upspiral.domain.prompting.memory import MemoryItem


class Recall(Protocol):
    """Retrieves what a version's memory holds about a question."""

    def __call__(
        self, version: AgentVersion, question: str, *, apart_from: str | None = None
    ) -> Sequence[MemoryItem]:
        """Give the items to be shown, the most similar last.

        Args:
            version: Has a memory.
            question: What is asked.
            apart_from: A conversation whose items are not shown: those of the case that is being tested.
        """


class Prompt(Struct, frozen=True):
    """What is put before one request."""

    version: AgentVersion
    retrieved: tuple[MemoryItem, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Is nothing put before the request?"""
        version = self.version
        return not (version.instructions or version.rules or version.examples or self.retrieved)

    @property
    def instructions(self) -> str:
        """The version's instructions and rules, empty where it has none."""
        words = strip_keep_marks(self.version.instructions)
        return "\n".join(part for part in (words, *self.version.rules) if part)

    @property
    def fixed(self) -> tuple[Message, ...]:
        """The examples that stand before every request."""
        return _as_turns(self.version.examples)

    @property
    def recalled(self) -> tuple[Message, ...]:
        """The examples that were retrieved for this request: turns of a talk, never instructions."""
        return _as_turns([(one.question, one.answer) for one in self.retrieved])

    @property
    def shown(self) -> tuple[MemoryItemId, ...]:
        """The ids of what was retrieved."""
        return tuple(one.id for one in self.retrieved)

    @property
    def stable(self) -> tuple[Message, ...]:
        """What is the same before every request, so that a host may cache it."""
        words = self.instructions
        return (*([Message("system", words)] if words else []), *self.fixed)

    def put_before(self, messages: Sequence[Message]) -> tuple[Message, ...]:
        """Put all of it before a conversation; what was retrieved stands right before its last question."""
        place = find_last_question([one.role == "user" for one in messages])
        return (*self.stable, *messages[:place], *self.recalled, *messages[place:])


def write_prompt(
    version: AgentVersion,
    messages: Sequence[Message],
    recall: Recall | None = None,
    *,
    apart_from: str | None = None,
) -> Prompt:
    """Write what a version puts before a request: the one place where that is decided.

    Args:
        version: Who answers.
        messages: The request; its last question is what the memory is searched for.
        recall: Searches the memory; may be left out for versions without one.
        apart_from: A conversation whose own items are not shown.

    Raises:
        ValueError: The version has a memory, and nothing was given that searches it.
    """
    question = next((one.content for one in reversed(messages) if one.role == "user"), "")
    if version.memory is None or not question.strip():
        return Prompt(version)
    if recall is None:
        raise ValueError(f"{version.name} has the memory {version.memory}, and nothing searches it")
    return Prompt(version, tuple(recall(version, question, apart_from=apart_from)))


def strip_keep_marks(instructions: str) -> str:
    """Take the marks out of instructions that say which sections no lever may change.

    >>> strip_keep_marks("<keep>Be kind.</keep> Be short.")
    'Be kind. Be short.'
    """
    return instructions.replace("<keep>", "").replace("</keep>", "")


def find_last_question(is_question: Sequence[bool]) -> int:
    """Give the place of the last question; 0 where there is none.

    Everything before it was sent with earlier turns too, so a host may have cached it.

    >>> find_last_question([False, True, False, True, False]), find_last_question([])
    (3, 0)
    """
    return max((place for place, yes in enumerate(is_question) if yes), default=0)


def _as_turns(pairs: Sequence[tuple[str, str]]) -> tuple[Message, ...]:
    return tuple(
        Message(role, text)
        for question, answer in pairs
        for role, text in (("user", question), ("assistant", answer))
    )
