"""Something that recurs: a weakness or a strength."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import AgentId, CycleId, InteractionId, PatternId, WorkspaceId


class Polarity(StrEnum):
    """Does it hurt or help?"""

    WEAKNESS = "weakness"
    STRENGTH = "strength"


class Trend(StrEnum):
    """Where it is going."""

    GROWING = "growing"
    STEADY = "steady"
    FADING = "fading"


class PatternState(StrEnum):
    """What became of it."""

    OPEN = "open"
    IMPROVING = "improving"
    CLOSED = "closed"


class Pattern(Struct, frozen=True, kw_only=True):
    """A group of alike Interactions that fail (or succeed) more often than the rest."""

    id: PatternId
    workspace: WorkspaceId
    agent: AgentId
    cycle: CycleId | None = None
    """The night that found it; None when found on demand."""
    at: datetime
    polarity: Polarity = Polarity.WEAKNESS
    state: PatternState = PatternState.OPEN
    name: str
    description: str
    terms: tuple[str, ...]
    """The words that set it apart, strongest first."""
    members: tuple[InteractionId, ...]
    """The Interactions in it that failed."""
    failures: int
    conversations: int
    """How many settled conversations are of this kind, failed or not."""
    failure_rate: float
    failure_rate_low: float
    failure_rate_high: float
    """Limits of the 95 % interval of the failure rate."""
    share: float
    """Its part of all failures, 0 to 1."""
    share_low: float
    share_high: float
    trend: Trend = Trend.STEADY
