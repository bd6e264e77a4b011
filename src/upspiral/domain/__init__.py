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
    to_rater_key,
)
from upspiral.domain.interaction import Arm, AttachmentUse, Interaction, Kind, RequestOptions, ToolCall, Usage
from upspiral.domain.message import Message
from upspiral.domain.model import LOCAL_HOST, JobState, ModelVersion, TrainingJob
from upspiral.domain.pattern import Pattern, PatternState, Polarity, Trend

__all__ = [
    "Agent", "AgentVersion", "Arm", "AttachmentUse", "Attempt", "Check", "Choice", "Conversation", "Cycle",
    "CycleEvent",
    "CycleKind", "Dataset", "Deployment", "DeploymentState", "Ending", "Erasure", "EvalReport", "Example",
    "ExampleKind", "Executor", "Feedback", "FeedbackTarget", "GateDecision", "LOCAL_HOST", "Interaction",
    "JobState", "Judgement", "Key", "Kind", "LoggedChoice", "Message", "ModelVersion", "Outcome", "Pair",
    "Pattern", "PatternState", "PendingFeedback", "Polarity", "Principal", "RaterWeight", "Reliability",
    "RequestOptions", "Rewrite", "Scope", "Score", "Slice", "Source", "Split", "Status", "ToolCall",
    "TrainingJob", "Trend", "Usage", "Verdict", "VoteWeight", "Window", "Workspace", "conversations",
    "to_rater_key",
]  # fmt: skip
