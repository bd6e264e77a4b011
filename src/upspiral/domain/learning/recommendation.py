"""What is kept of a recommendation, and how an agent's recommendations turned out."""

from datetime import datetime

from msgspec import Struct

from upspiral.domain.feedback import Outcome
from upspiral.domain.ids import AgentId, InteractionId


class Recommended(Struct, frozen=True):
    """The little of a recommendation that is learned from, with how it turned out."""

    id: InteractionId
    agent: AgentId
    at: datetime
    answer: str
    conversation: str
    trace: str | None
    metadata: dict[str, str]
    status: str | None
    """None where nobody judged it."""
    folded: datetime | None
    settled: datetime | None


class AgentStats(Struct, frozen=True, kw_only=True):
    """How an agent's recommendations turned out."""

    agent_id: str
    total: int
    """All that it recommended."""
    settled: int
    approved: int
    rejected: int
    approval_rate: float
    """0 to 1, a partial approval counting half."""
    avg_quality_score: float
    """0 to 100."""
    trend: str


class WorkflowEvaluated(Struct, frozen=True, kw_only=True):
    """What became of the evaluation of a whole workflow."""

    workflow_id: str
    recommendations: tuple[str, ...]
    """Those that were evaluated."""
    waiting: tuple[str, ...] = ()
    """Those of them that have not come yet; the evaluation waits for them."""
    status: str
    """approved, partial or rejected: what the quality says."""
    outcomes: tuple[Outcome, ...] = ()
