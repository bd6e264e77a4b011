"""What should have been said: teaching cases with their provenance."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import (
    AgentId,
    AgentVersionId,
    CycleId,
    DatasetId,
    ExampleId,
    InteractionId,
    PatternId,
    RewriteId,
    WorkspaceId,
)
from upspiral.domain.interaction import RequestOptions
from upspiral.domain.message import Message

MIN_HELDOUT_GOOD = 8
"""Good answers that must be held out, so that a candidate which forgets them is seen."""


class ExampleKind(StrEnum):
    """How the taught answer came about."""

    CORRECTION = "correction"
    """A user wrote it."""
    REWRITE = "rewrite"
    """A teacher wrote it and it was verified."""
    REPLAY = "replay"
    """The agent itself said it and it went well."""
    RECORDED = "recorded"
    """Nothing is taught: it was recorded, and nobody has to have said how it went. A judge alone can compare
    answers to it."""


class Split(StrEnum):
    """What an Example is used for; no Example and none like it is in two of them."""

    TRAIN = "train"
    SELECT = "select"
    """The drafts of a night compete on it; no lever reads it."""
    HELDOUT = "heldout"
    """The gate's: it is asked once a night, with the draft that won."""


class Rewrite(Struct, frozen=True, kw_only=True):
    """One question put to a teacher; stored before and after, so that none is paid for twice."""

    id: RewriteId
    """Derived from everything the teacher is shown, the teacher and the attempt, so that another night finds
    the answer again; sent to the teacher as the idempotency key."""
    workspace: WorkspaceId
    cycle: CycleId
    interaction: InteractionId
    attempt: int
    teacher: str
    answer: str | None = None
    error: str | None = None
    unusable: str | None = None
    """Why an answer that came cannot be taught, such as `refusal`; it is paid for and not asked for again."""
    at: datetime


class RecordedAnswer(Struct, frozen=True):
    """What a version answered a user, where that stands for what it answers.

    It does only where the case was drawn whatever came of it: an answer that is kept because it failed, or
    because it went well, says less of a version that answers differently each time.
    """

    version: AgentVersionId
    text: str


class Example(Struct, frozen=True, kw_only=True):
    """One teaching case: what was asked and what should be answered."""

    id: ExampleId
    workspace: WorkspaceId
    dataset: DatasetId
    interaction: InteractionId
    conversation: str
    kind: ExampleKind
    split: Split
    messages: tuple[Message, ...]
    """The request, system message included."""
    options: RequestOptions | None = None
    """The tools of the request and the form of its answer; None where it had neither."""
    tool_messages: tuple[Message, ...] = ()
    """What the agent called after the request and what its tools gave, in order; nothing where it called
    none."""
    answer: str
    """What should be said; empty where calls alone are known to be right, and where nothing is known."""
    pattern: PatternId | None = None
    slice: str = "rest"
    """The name of the group it is reported under."""
    source: str = ""
    """The teacher or rater that wrote the answer; of a recorded case the version or model that answered."""
    public_rater: str | None = None
    """The public rater by whose word alone it is in the Dataset."""
    recorded: RecordedAnswer | None = None
    """What was answered then, where that stands for its version; None where a version has to be asked."""


class Dataset(Struct, frozen=True, kw_only=True):
    """An immutable, content-hashed set of Examples."""

    id: DatasetId
    workspace: WorkspaceId
    agent: AgentId
    cycle: CycleId | None = None
    at: datetime
    sha256: str
    """Over every Example's messages, tools, answer and split, in order."""
    train: int
    heldout: int
    selection: int = 0
    """Examples on which the drafts of several levers compete; 0 where one lever alone was used."""
    taught: int = 0
    """Failures among the Examples to train on; the others are good answers that are repeated."""
    heldout_good: int = 0
    """Good answers among the held-out Examples: what a candidate could lose."""
    heldout_recorded: int = 0
    """Recorded conversations among them of which nobody said what should be answered; for a judge."""
    drawn_wrong: int = 0
    """Conversations drawn at random from the window that a verifier or a person judged, where all were wrong;
    0 where one of them was right, or where some of the drawn ones were not judged."""
    patterns: tuple[PatternId, ...] = ()
    dropped: dict[str, int] = {}
    """Why candidates were left out, with their counts."""
    holds_erased: bool = False
    """Was somebody erased whose conversations it held?"""

    @property
    def heldout_failures(self) -> int:
        """Held-out Examples at which the agent failed, and of which it is known what it should answer."""
        return self.heldout - self.heldout_good - self.heldout_recorded
