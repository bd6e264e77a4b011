"""One run of the learning cycle, and whether the next is due."""

from datetime import datetime

from msgspec import Struct

from upspiral.domain.ids import WorkspaceId
from upspiral.domain.learning.pattern import AgentProfile, Insight, LearnedPattern
from upspiral.domain.learning.rule import Rule


class LearningIteration(Struct, frozen=True, kw_only=True):
    """One run of the learning cycle: how much it saw, what it found, and how well that predicts."""

    iteration_id: str
    workspace_id: WorkspaceId
    samples_analyzed: int
    patterns_discovered: int
    patterns_confirmed: int
    rules_updated: int
    iteration_accuracy: float | None = None
    """Share predicted right of the outcomes that came afterwards; None until one did."""
    iteration_base_rate: float | None = None
    """What always guessing the commoner outcome reaches on the same outcomes."""
    iteration_coverage: float | None = None
    """Share of the outcomes that came afterwards to which a pattern applied."""
    pattern_confidence_improvement: float
    """Mean confidence level minus that of the iteration before; 0 for the first."""
    rule_effectiveness_improvement: float
    """Mean effectiveness of active rules minus that of the iteration before; 0 for the first."""
    key_insights: tuple[str, ...]
    recommendations_for_swarm: tuple[str, ...]
    started_at: datetime
    completed_at: datetime
    processing_time_seconds: float


class LearningIterations(Struct, frozen=True, kw_only=True):
    """A page of the runs of the learning cycle, newest first."""

    items: list[LearningIteration]
    next: str | None = None
    """Where the next page begins; None at the end."""


class Learned(Struct, frozen=True, kw_only=True):
    """All that one run of the learning cycle leaves behind."""

    iteration: LearningIteration
    patterns: tuple[LearnedPattern, ...]
    rules: tuple[Rule, ...]
    profiles: tuple[AgentProfile, ...]
    insights: tuple[Insight, ...]
    recommendations: tuple[Insight, ...]
    refreshed_at: datetime | None = None
    """When its patterns were last tested again; its accuracy is final since, for they have seen outcomes."""


class LearningRun(Struct, frozen=True, kw_only=True):
    """One run of the learning cycle, as it is stored."""

    id: str
    workspace: WorkspaceId
    at: datetime
    learned: Learned


class CycleDue(Struct, frozen=True, kw_only=True):
    """Should a learning cycle run?"""

    due: bool
    reason: str
    settled: int
    """Recommendations that were labeled since the last cycle."""
    last: datetime | None = None
    """When the last cycle began."""

    def __bool__(self) -> bool:
        return self.due
