"""What recommendations that turned out well, or badly, have in common."""

from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import AgentId, PatternId, WorkspaceId


class Category(StrEnum):
    """Which of the five kinds of pattern it is."""

    HIGH_CONFIDENCE = "high_confidence"
    CONSENSUS = "consensus"
    EXPERT_OPINION = "expert_opinion"
    FAILURE_AVOIDANCE = "failure_avoidance"
    SUCCESS_INDICATOR = "success_indicator"


class Strength(StrEnum):
    """How strongly to lean on it."""

    WEAK = "weak"
    MODERATE = "moderate"
    STRONG = "strong"
    VERY_STRONG = "very_strong"


class LearnedPattern(Struct, frozen=True, kw_only=True):
    """A condition on a recommendation, and how often those that meet it were approved."""

    id: PatternId
    category: Category
    conditions: tuple[tuple[str, str], ...]
    """All must hold, such as ``(("agent", "STRAT-01"), ("type", "strategy"))``."""
    name: str
    success_rate: float
    """Share approved, 0 to 1, on recommendations that did not help to find it."""
    success_low: float
    success_high: float
    """Limits of its 95 % interval."""
    rest_rate: float
    """Share approved of all the others."""
    frequency_count: int
    """How often it was observed in the time looked at."""
    confidence_level: float
    """Posterior chance that its rate truly lies on its side of the others', 0 to 1."""
    recommendation_strength: Strength
    confirmed: bool
    """Does it stand the test on the other half, false discoveries controlled?"""
    distinct: bool
    """Confirmed, and does it say something that no surer pattern says?"""
    predicts: bool
    """Approval, or rejection?"""


class CalibrationBin(Struct, frozen=True):
    """Recommendations of about the same stated confidence."""

    confidence: float
    """Mean stated, 0 to 1."""
    approved: float
    """Share approved."""
    n: int


class AgentProfile(Struct, frozen=True, kw_only=True):
    """What an agent is good and bad at, and whether it knows."""

    agent: AgentId
    workspace: WorkspaceId
    settled: int
    approval_rate: float
    approval_low: float
    approval_high: float
    """Limits of its 95 % interval."""
    strengths: tuple[str, ...]
    """Types of recommendation in which it surely does better than the other agents."""
    weaknesses: tuple[str, ...]
    """Types in which it surely does worse."""
    overconfidence: float | None
    """Mean stated confidence minus the share approved, -1 to 1; None where it states none."""
    calibration_error: float | None
    """Mean distance of stated confidence and share approved over bins, 0 to 1."""
    calibration: tuple[CalibrationBin, ...] = ()
    consensus_share: float = 0.0
    """Part of its recommendations that other agents joined."""


class Insight(Struct, frozen=True):
    """Something worth knowing, in plain words, with what it rests on."""

    text: str
    evidence: tuple[str, ...]
    """Ids of patterns, or names of agents."""
