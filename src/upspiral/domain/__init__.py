"""The nouns: pure, frozen data in the words of the field; imports nothing of ours but itself."""

from upspiral.domain.access import Attempt, Erasure, Key, Principal, Scope
from upspiral.domain.agent import Agent, AgentVersion, Choice, LoggedChoice, Workspace
from upspiral.domain.conversation import Conversation, conversations
from upspiral.domain.cycle import Cycle, CycleEvent, CycleKind, Ending, Executor, Window
from upspiral.domain.dataset import Dataset, Example, ExampleKind, Rewrite, Split
from upspiral.domain.deployment import Deployment, DeploymentState, Verdict
from upspiral.domain.evaluation import Check, EvalReport, GateDecision, Pair, Score, Slice
from upspiral.domain.feedback import (
    Feedback,
    FeedbackTarget,
    Judgement,
    Outcome,
    PendingFeedback,
    RaterWeight,
    Reliability,
    Source,
    Status,
    VoteWeight,
    voice_of,
)
from upspiral.domain.interaction import Arm, Interaction, Kind, Message, ToolCall, Usage
from upspiral.domain.pattern import Pattern, PatternState, Polarity, Trend
from upspiral.domain.training import Host, JobState, ModelVersion, TrainingJob

__all__ = [
    "FeedbackTarget", "Agent", "AgentVersion", "Arm", "Attempt", "Check", "Choice", "Conversation", "Cycle",
    "CycleEvent", "Dataset", "Deployment", "DeploymentState", "LoggedChoice", "PendingFeedback", "Ending", "Executor",
    "Erasure", "EvalReport", "Example", "ExampleKind", "Feedback", "GateDecision", "Host",
    "Interaction", "JobState", "Key", "Kind", "Message", "ModelVersion", "Outcome", "Pair", "Pattern",
    "PatternState", "Polarity", "Principal", "RaterWeight", "Reliability", "Rewrite", "Scope", "Score",
    "Slice", "Source", "Split", "Status", "CycleKind", "ToolCall", "TrainingJob", "Trend", "Usage", "Verdict",
    "VoteWeight", "Window", "Judgement", "Workspace",
    "conversations", "voice_of",
]  # fmt: skip
