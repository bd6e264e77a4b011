"""Where everything is kept: one attribute per noun over one database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

from upspiral.store.database import Database
from upspiral.store.migrate import newest, revision, upgrade
from upspiral.store.repositories.access import (
    Attempts,
    AuditEntries,
    Erasures,
    Keys,
    ModelRefusals,
    Passwords,
    SealedKeys,
    Sessions,
    SignInLinks,
)
from upspiral.store.repositories.attachments import AttachmentUses
from upspiral.store.repositories.budgets import Budgets, Reservations
from upspiral.store.repositories.evidence import WindowedInteractions
from upspiral.store.repositories.feedback import EarlyFeedbacks, Feedbacks
from upspiral.store.repositories.followed import FollowedInteractions
from upspiral.store.repositories.interactions import Interactions, Spans
from upspiral.store.repositories.judges import JudgeVerdicts, KnownJudges, PairLabels, ShadowAnswers
from upspiral.store.repositories.learning import (
    Datasets,
    Examples,
    LearningRuns,
    ModelVersions,
    Patterns,
    Rewrites,
    TrainingJobs,
)
from upspiral.store.repositories.memories import Memories, MemoryItems
from upspiral.store.repositories.nights import (
    Approvals,
    CycleEvents,
    Cycles,
    EvalReports,
    Executors,
    GateDecisions,
    LeverTrials,
    OwnRhythms,
    Schedules,
)
from upspiral.store.repositories.outbox.notifications import Deliveries, Notifications, Webhooks
from upspiral.store.repositories.outcomes import Outcomes
from upspiral.store.repositories.participants import Participants
from upspiral.store.repositories.raters import RaterWeights
from upspiral.store.repositories.rollups import Rollups, SharedRollups, ToolRollups
from upspiral.store.repositories.serving import Agents, AgentVersions, Choices, Deployments, Workspaces
from upspiral.store.rows import Rows


class Store:
    """All nouns over one database. Opened once; safe to use from several threads.

    Each call is a transaction of its own unless it stands inside ``with store.transaction():``,
    which makes several calls one.
    """

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.workspaces = Workspaces(self.database)
        self.agents = Agents(self.database)
        self.agent_versions = AgentVersions(self.database)
        self.choices = Choices(self.database)
        self.model_versions = ModelVersions(self.database)
        self.interactions = Interactions(self.database)
        self.evidence = WindowedInteractions(self.database)
        self.followed = FollowedInteractions(self.database)
        self.spans = Spans(self.database)
        self.attachment_uses = AttachmentUses(self.database)
        self.participants = Participants(self.database)
        self.feedback = Feedbacks(self.database)
        self.early_feedback = EarlyFeedbacks(self.database)
        self.outcomes = Outcomes(self.database)
        self.rater_weights = RaterWeights(self.database)
        self.patterns = Patterns(self.database)
        self.rollups = Rollups(self.database)
        self.shared_rollups = SharedRollups(self.database)
        self.tool_rollups = ToolRollups(self.database)
        self.learning_runs = LearningRuns(self.database)
        self.rewrites = Rewrites(self.database)
        self.datasets = Datasets(self.database)
        self.examples = Examples(self.database)
        self.memories = Memories(self.database)
        self.memory_items = MemoryItems(self.database)
        self.training_jobs = TrainingJobs(self.database)
        self.eval_reports = EvalReports(self.database)
        self.gate_decisions = GateDecisions(self.database)
        self.judge_versions = KnownJudges(self.database)
        self.judge_verdicts = JudgeVerdicts(self.database)
        self.pair_labels = PairLabels(self.database)
        self.shadow_answers = ShadowAnswers(self.database)
        self.deployments = Deployments(self.database)
        self.cycles = Cycles(self.database)
        self.lever_trials = LeverTrials(self.database)
        self.approvals = Approvals(self.database)
        self.cycle_events = CycleEvents(self.database)
        self.budgets = Budgets(self.database)
        self.reservations = Reservations(self.database)
        self.executors = Executors(self.database)
        self.schedules = Schedules(self.database)
        self.own_rhythms = OwnRhythms(self.database)
        self.keys = Keys(self.database)
        self.sessions = Sessions(self.database)
        self.passwords = Passwords(self.database)
        self.sign_in_links = SignInLinks(self.database)
        self.audit_entries = AuditEntries(self.database)
        self.sealed_keys = SealedKeys(self.database)
        self.model_refusals = ModelRefusals(self.database)
        self.attempts = Attempts(self.database)
        self.notifications = Notifications(self.database)
        self.webhooks = Webhooks(self.database)
        self.deliveries = Deliveries(self.database)
        self.erasures = Erasures(self.database)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make all calls inside one transaction: all of them happen, or none."""
        with self.database.transaction():
            yield

    def upgrade(self) -> None:
        """Bring the database to the newest schema."""
        upgrade(self.database)

    def revision(self) -> str | None:
        """The schema revision the database is at; None where it is empty."""
        return revision(self.database)

    def newest(self) -> str | None:
        """The newest schema revision there is."""
        return newest()

    def find_damage(self) -> list[str]:
        """Say in words what of the file is damaged; reads all of it."""
        return self.database.find_damage()

    def count_unreadable(self) -> dict[str, int]:
        """Read every row; give how many cannot be read, by table, where there are any."""
        tables = [one for one in vars(self).values() if isinstance(one, Rows)]
        counts = {one.table.name: one.count_unreadable() for one in tables}
        return {name: count for name, count in counts.items() if count}

    def compact(self) -> None:
        """Leave nothing of what was deleted in the files beside the database."""
        self.database.compact()

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
