"""Something that recurs: a weakness or a strength."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import AgentId, CycleId, InteractionId, PatternId, WorkspaceId

EVERYTHING = "everything"
"""Name of the weakness of an agent that fails nearly everywhere."""


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
    """It surely fails less often than when it was found before, or was not found again."""
    CLOSED = "closed"
    """It was not found again for a week, by a search that would have."""


class Pattern(Struct, frozen=True, kw_only=True):
    """A group of alike Interactions that fail (or succeed) more often than the rest.

    Found again by a later search it keeps its id: the row then tells what was found last.
    """

    id: PatternId
    workspace: WorkspaceId
    agent: AgentId
    cycle: CycleId | None = None
    """The night that found it last; None when found on demand."""
    at: datetime
    """When it was found last."""
    polarity: Polarity = Polarity.WEAKNESS
    state: PatternState = PatternState.OPEN
    name: str
    description: str
    terms: tuple[str, ...]
    """The words that set it apart, strongest first."""
    members: tuple[InteractionId, ...]
    """The Interactions in it that failed; for a strength, those that went well."""
    failures: int
    conversations: int
    """How many labeled conversations are of this kind, failed or not."""
    failure_rate: float
    failure_rate_low: float
    failure_rate_high: float
    """Limits of the 95 % interval of the failure rate."""
    share: float
    """Its part of all failures, 0 to 1."""
    share_low: float
    share_high: float
    trend: Trend = Trend.STEADY
    """Where its part of all conversations is going."""
    conditions: tuple[tuple[str, str], ...] = ()
    """Feature and value of each, such as ``("model", "small")``; none where alike texts make the group."""
    rest_conversations: int = 0
    """How many labeled conversations the search saw besides."""
    rest_failure_rate: float = 0.0
    """Failure rate of those."""
    difference_low: float = -1.0
    difference_high: float = 1.0
    """Limits of the 95 % interval of its failure rate minus that of the others, on the half of the
    conversations that did not help to find it."""
    p_value: float = 1.0
    """Chance of such a difference where there is none, on the same half."""
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    """Of all its members ever; None where nobody looked."""
    times: int = 1
    """On how many days a search found it."""
    changed_on: str | None = None
    """Day from which it grows or fades, such as ``2026-01-05``; None while steady."""
