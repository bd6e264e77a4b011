"""What someone thought of an Interaction, and what was concluded."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import AgentId, FeedbackId, InteractionId, WorkspaceId


class Source(StrEnum):
    """Where a signal comes from, most trusted first."""

    HUMAN_EVALUATION = "human_evaluation"
    USER_CORRECTION = "user_correction"
    USER_RATING = "user_rating"
    VERIFIER = "verifier"
    JUDGE = "judge"
    IMPLICIT = "implicit"
    SELF_CONFIDENCE = "self_confidence"


class Feedback(Struct, frozen=True, kw_only=True):
    """One signal about an Interaction: thumbs, rating, label, comment, or a correction."""

    id: FeedbackId
    workspace: WorkspaceId
    interaction: InteractionId
    at: datetime
    source: Source
    rater: str = "anonymous"
    score: float | None = None
    """0 (bad) to 1 (good); None where only words were given."""
    label: str | None = None
    comment: str | None = None
    correction: str | None = None
    """What should have been said."""
    metadata: dict[str, str] = {}
    """Anything else the rater said, such as a quality by dimension."""


class Status(StrEnum):
    """How an Interaction went."""

    UNKNOWN = "unknown"
    SUCCESS = "success"
    FAILURE = "failure"


class Outcome(Struct, frozen=True, kw_only=True):
    """The settled verdict of an Interaction, folded from all its signals."""

    interaction: InteractionId
    workspace: WorkspaceId
    agent: AgentId
    status: Status
    score: float | None = None
    """0 to 1; None while unknown."""
    reason: str
    """Which signal decided, in words."""
    signals: tuple[FeedbackId, ...] = ()
    """Every signal that was there, the deciding ones included."""
    at: datetime
    """When it was last folded."""
    settled: datetime | None = None
    """When it first stopped being unknown."""


class About(StrEnum):
    """By what a signal names its Interaction."""

    INTERACTION = "interaction"
    TRACE = "trace"
    CONVERSATION = "conversation"
    CLIENT_ID = "client_id"


class EarlyFeedback(Struct, frozen=True, kw_only=True):
    """A signal whose Interaction has not come yet; joined to it when it does."""

    id: FeedbackId
    workspace: WorkspaceId
    at: datetime
    by: About
    key: str
    """The id by which the Interaction will be found."""
    signal: Feedback
    """As it will be stored; its `interaction` is empty until then."""
