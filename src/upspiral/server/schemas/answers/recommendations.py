"""What do answers about recommendations hold?"""

from datetime import datetime
from typing import Any

from msgspec import Struct

from upspiral.domain import Outcome, Source
from upspiral.domain.ids import FeedbackId, InteractionId, WorkspaceId


class Recommendation(Struct, frozen=True, kw_only=True):
    """What an agent recommended, and how it turned out so far."""

    id: InteractionId
    workspace: WorkspaceId
    agent_id: str
    agent_name: str
    type: str
    content: Any
    """With the type in which it was sent."""
    confidence: float | None
    """0 to 1; None where none was stated."""
    reasoning: str | None
    evidence: Any
    """With the type in which it was sent."""
    correlation_id: str | None
    workflow_id: str | None
    at: datetime
    outcome: Outcome | None
    """None while nobody has judged it."""


class TrackedRecommendation(Recommendation, frozen=True, kw_only=True):
    """A recommendation that was recorded just now."""

    recommendation_id: InteractionId
    """Its id."""


class RecommendationVerdict(Struct, frozen=True, kw_only=True):
    """What was said of a recommendation, by the names under which it was sent."""

    id: FeedbackId
    at: datetime
    source: Source
    evaluator: str
    status: str | None
    """approved, rejected, partial or pending; what else a rater wrote as its label."""
    score: float | None
    """0 to 1."""
    quality: float | None
    """0 to 100."""
    dimensions: dict[str, float]
    """Quality by dimension, 0 to 100."""
    comments: str | None
    correction: str | None
    accuracy_impact: float
    consistency_impact: float
    rank: int | None
    """Against the alternatives; 1 is the best."""
    alternatives: list[str]
    metadata: dict[str, str]
    """Anything else that the rater said."""


class RecommendationDetails(Recommendation, frozen=True, kw_only=True):
    """One recommendation with what was said of it."""

    feedback: list[RecommendationVerdict]
    """Oldest first."""


class EvaluatedRecommendation(Struct, frozen=True, kw_only=True):
    """What became of the evaluation of a recommendation."""

    outcome_id: FeedbackId
    """The id of the evaluation."""
    outcome: Outcome | None
    """None where the recommendation has not come yet."""
    waiting: bool
    """Does the evaluation wait for its recommendation?"""
