"""What is learned from recommendations, and how far agents are trusted."""

from upspiral.domain.learning.learning_cycle import (
    CycleDue,
    Learned,
    LearningIteration,
    LearningIterations,
    LearningRun,
)
from upspiral.domain.learning.pattern import (
    AgentProfile,
    CalibrationBin,
    Category,
    Insight,
    LearnedPattern,
    Strength,
)
from upspiral.domain.learning.recommendation import AgentStats, Recommended, WorkflowEvaluated
from upspiral.domain.learning.remedy import Remedy, Suggestion
from upspiral.domain.learning.rule import Rule, RuleKind, RuleState
from upspiral.domain.learning.trust import Boost, DomainTrust, TrustScore

__all__ = [
    "AgentProfile", "AgentStats", "Boost", "CalibrationBin", "Category", "CycleDue", "DomainTrust",
    "Insight", "Learned", "LearnedPattern", "LearningIteration", "LearningIterations", "LearningRun",
    "Recommended", "Remedy", "Rule", "RuleKind", "RuleState", "Strength", "Suggestion", "TrustScore",
    "WorkflowEvaluated",
]  # fmt: skip
