"""What do answers about what was sent hold?"""

from msgspec import Struct

from upspiral.domain import Outcome
from upspiral.domain.ids import FeedbackId, InteractionId


class BatchRefusal(Struct, frozen=True):
    """One item of a batch that was not kept."""

    index: int
    """Its place in the list that was sent, from 0."""
    id: str | None
    status: int
    """The HTTP status that it would have had alone."""
    code: str
    title: str
    hint: str


class KeptInteractions(Struct, frozen=True, kw_only=True):
    """What became of a batch of Interactions."""

    interactions: list[InteractionId]
    """Those that are kept, in the order in which they were sent."""
    refused: list[BatchRefusal]


class KeptFeedback(Struct, frozen=True, kw_only=True):
    """What became of signals."""

    feedback: list[FeedbackId]
    """Those that are kept, in the order in which they were sent."""
    outcomes: list[Outcome]
    """Of the Interactions that they are about, as they are now."""
    waiting: list[FeedbackId]
    """Those of them whose Interaction has not come yet."""
    refused: list[BatchRefusal] = []


class RatedResponse(Struct, frozen=True, kw_only=True):
    """What became of feedback on a response."""

    success: bool
    outcome: Outcome | None
    """None where nothing was said of it."""


class PageRating(Struct, frozen=True, kw_only=True):
    """What a page is told about the feedback it sent: no more than that it is kept."""

    success: bool


class RecordedResponse(RatedResponse, frozen=True, kw_only=True):
    """What became of a response that came together with its feedback."""

    id: InteractionId


class NewAndKnown(Struct, frozen=True):
    """How many of an agent's Interactions were new."""

    new: int
    known: int


class BadFileLine(Struct, frozen=True):
    """A line of a file that could not be read."""

    line: int
    """Counted from 1."""
    reason: str


class ImportReport(Struct, frozen=True, kw_only=True):
    """What was read of a file, what of it was new, and what could not be used."""

    recorded: int
    """Interactions that could be read."""
    feedback: int
    """Signals that could be read."""
    agents: dict[str, NewAndKnown]
    unused_scores: dict[str, int]
    """Scores on a scale that nobody said, by name."""
    bad: list[BadFileLine]
