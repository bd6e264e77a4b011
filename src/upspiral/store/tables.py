"""Which tables are there? One per noun; every key begins with the workspace."""

from sqlalchemy import Index, literal_column

from upspiral.domain import (
    Agent,
    AgentVersion,
    AttachmentUse,
    Attempt,
    Cycle,
    CycleEvent,
    Dataset,
    Deployment,
    Erasure,
    EvalReport,
    Example,
    Executor,
    Feedback,
    GateDecision,
    Interaction,
    Key,
    Kind,
    LoggedChoice,
    ModelVersion,
    Outcome,
    Pattern,
    PendingFeedback,
    RaterWeight,
    Rewrite,
    TrainingJob,
    Workspace,
)
from upspiral.domain.access import AuditEntry, Password, SealedKey, Session, SignInLink
from upspiral.domain.interaction import Participant
from upspiral.domain.judgment import JudgeVerdict, KnownJudge, PairLabel
from upspiral.domain.learning import LearningRun
from upspiral.domain.learning.approval import Approval
from upspiral.domain.learning.lever import LeverTrial
from upspiral.domain.model import RefusalRecord
from upspiral.domain.night.budget import Budget, Reservation
from upspiral.domain.night.notification import Notification, Webhook, WebhookDelivery
from upspiral.domain.night.shadow import ShadowAnswer
from upspiral.domain.prompting import Memory, MemoryItem
from upspiral.domain.rollup import Rollup, ToolRollup
from upspiral.domain.schedule import OwnRhythm, Schedule
from upspiral.domain.span import Span
from upspiral.store.columns import metadata, table

KEY = ("workspace", "id")

workspaces = table("workspaces", Workspace, key=("id",))
agents = table("agents", Agent, key=KEY, large=("budget_tokens",))
agent_versions = table("agent_versions", AgentVersion, key=KEY, indexes=[("workspace", "agent", "number")])
interactions = table(
    "interactions",
    Interaction,
    key=KEY,
    indexes=[
        ("workspace", "agent", "at"),
        ("workspace", "at"),
        ("workspace", "conversation"),
        ("workspace", "model", "at"),
    ],
    sparse=["deployment", ("trace", "conversation"), "client_id", "end_user", "prefix_hash"],
)
KINDS = {kind: interactions.c.kind == literal_column(f"'{kind}'") for kind in Kind}
"""Written out, so that the index of the few rows that meet it is used."""
RECOMMENDATION = KINDS[Kind.RECOMMENDATION]
for kind in (Kind.RECOMMENDATION, Kind.TASK):  # most are of the third kind, so an index of it would not help
    Index(
        f"ix_interactions_{kind}s",
        interactions.c.workspace,
        interactions.c.at,
        sqlite_where=KINDS[kind],
        postgresql_where=KINDS[kind],
    )
attachment_uses = table(
    "attachment_uses",
    AttachmentUse,
    key=("workspace", "sha256", "interaction"),
    indexes=[("workspace", "interaction")],
)
participants = table(
    "participants",
    Participant,
    key=("workspace", "interaction", "agent"),
    indexes=[("workspace", "agent", "at")],
)
spans = table("spans", Span, key=KEY, indexes=[("workspace", "trace")])
feedback = table("feedback", Feedback, key=KEY, indexes=[("workspace", "interaction"), ("workspace", "at")])
early_feedback = table("early_feedback", PendingFeedback, key=KEY, indexes=[("workspace", "by", "key")])
outcomes = table(
    "outcomes",
    Outcome,
    key=("workspace", "interaction"),
    indexes=[
        ("workspace", "agent", "status", "interaction_at"),
        ("workspace", "status", "interaction_at"),
        ("workspace", "at"),
    ],
)
rater_weights = table("rater_weights", RaterWeight, key=KEY, indexes=[("workspace", "at")])
patterns = table("patterns", Pattern, key=KEY, indexes=[("workspace", "agent", "at")])
datasets = table("datasets", Dataset, key=KEY, indexes=[("workspace", "agent", "at")])
examples = table("examples", Example, key=KEY, indexes=[("workspace", "dataset", "split")])
memories = table("memories", Memory, key=KEY, indexes=[("workspace", "agent", "at")])
memory_items = table(
    "memory_items",
    MemoryItem,
    key=("workspace", "memory", "id"),
    indexes=[("workspace", "interaction"), ("workspace", "id")],
    sparse=["end_user"],
)
rewrites = table("rewrites", Rewrite, key=KEY, indexes=[("workspace", "cycle")])
training_jobs = table("training_jobs", TrainingJob, key=KEY, indexes=[("workspace", "agent", "created")])
model_versions = table("model_versions", ModelVersion, key=KEY, indexes=[("workspace", "name")])
eval_reports = table("eval_reports", EvalReport, key=KEY, indexes=[("workspace", "agent", "at")])
gate_decisions = table("gate_decisions", GateDecision, key=KEY, indexes=[("workspace", "agent", "at")])
lever_trials = table(
    "lever_trials", LeverTrial, key=KEY, indexes=[("workspace", "cycle"), ("workspace", "agent", "at")]
)
approvals = table("approvals", Approval, key=KEY, indexes=[("workspace", "agent", "at")])
judge_versions = table("judge_versions", KnownJudge, key=KEY)
judge_verdicts = table(
    "judge_verdicts", JudgeVerdict, key=KEY, indexes=[("workspace", "judge", "at"), ("workspace", "pair")]
)
pair_labels = table("pair_labels", PairLabel, key=KEY, indexes=[("workspace", "agent", "at")])
shadow_answers = table(
    "shadow_answers",
    ShadowAnswer,
    key=KEY,
    indexes=[("workspace", "candidate", "at"), ("workspace", "interaction")],
)
deployments = table("deployments", Deployment, key=KEY, indexes=[("workspace", "agent", "state")])
cycles = table("cycles", Cycle, key=KEY, indexes=[("workspace", "agent", "started")])
executors = table("executors", Executor, key=("id",))
cycle_events = table("cycle_events", CycleEvent, key=KEY, indexes=[("workspace", "cycle", "at")])
keys = table("keys", Key, key=KEY, indexes=[("sha256",)])
sessions = table(
    "sessions",
    Session,
    key=("workspace", "sha256"),
    indexes=[("sha256",), ("expires",), ("workspace", "key")],
)
passwords = table("passwords", Password, key=("name",))
sign_in_links = table("sign_in_links", SignInLink, key=("workspace", "sha256"), indexes=[("sha256",)])
audit_entries = table("audit_entries", AuditEntry, key=KEY, indexes=[("workspace", "at")])
sealed_keys = table("sealed_keys", SealedKey, key=("name",))
model_refusals = table("model_refusals", RefusalRecord, key=("url", "model"))
attempts = table("attempts", Attempt, key=KEY, indexes=[("at",)])
choices = table("choices", LoggedChoice, key=KEY, indexes=[("workspace", "at")])
COUNTED = ("workspace", "day", "agent", "model", "version", "domain")
rollups = table("rollups", Rollup, key=COUNTED)
shared_rollups = table("shared_rollups", Rollup, key=COUNTED)
tool_rollups = table("tool_rollups", ToolRollup, key=("workspace", "day", "agent", "tool"))
learning_runs = table("learning_runs", LearningRun, key=KEY, indexes=[("workspace", "at")])
schedules = table("schedules", Schedule, key=("workspace", "name"))
own_rhythms = table("own_rhythms", OwnRhythm, key=("workspace", "name"))
budgets = table(
    "budgets",
    Budget,
    key=KEY,
    indexes=[("workspace", "at")],
    large=("limit_nano_usd", "held_nano_usd", "used_nano_usd", "limit_tokens", "held_tokens", "used_tokens"),
)
reservations = table(
    "reservations",
    Reservation,
    key=KEY,
    indexes=[("workspace", "budget")],
    large=("held_nano_usd", "reserved_nano_usd", "used_nano_usd"),
)
notifications = table("notifications", Notification, key=KEY, indexes=[("queued", "at")])
webhooks = table("webhooks", Webhook, key=KEY)
deliveries = table(
    "deliveries", WebhookDelivery, key=KEY, indexes=[("state", "next_at"), ("workspace", "webhook", "at")]
)
erasures = table("erasures", Erasure, key=KEY, indexes=[("workspace", "at")])

__all__ = ["metadata"]
