"""One night for one agent, with its ending."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import (
    AgentId,
    AgentVersionId,
    CycleId,
    DatasetId,
    DecisionId,
    DeploymentId,
    JobId,
    PatternId,
    ReportId,
    WorkspaceId,
)


class Ending(StrEnum):
    """How a night ended; every one of them is news, only the last is a fault."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    REJECTED = "rejected"
    INCONCLUSIVE = "inconclusive"
    RESTED = "rested"
    DONE = "done"
    """A part of a night that a person ran by hand made what it was asked for."""
    CANCELLED = "cancelled"
    """A person ended it before it was through."""
    FAILED = "failed"


class CycleKind(StrEnum):
    """Which page of prose is being run."""

    IMPROVE = "improve"
    """A whole night."""
    CURATE = "curate"
    TRAIN = "train"
    DEPLOY = "deploy"
    """One part of a night, run by hand."""


class Window(Struct, frozen=True, kw_only=True):
    """Which Interactions of an agent are looked at."""

    since: datetime
    """Those that happened, or were judged for the first time, after this moment ..."""
    until: datetime
    """... and happened up to this one."""
    version: AgentVersionId | None = None
    """Those that this version answered, and those that came without a version; None for all."""
    used: datetime | None = None
    """Of those without a version only the ones that happened, or were judged, after this moment."""
    limit: int | None = None
    """At most so many, the newest."""


class Cycle(Struct, frozen=True, kw_only=True):
    """One night of one Agent: what it looked at, what it made, how it ended."""

    id: CycleId
    workspace: WorkspaceId
    agent: AgentId
    story: CycleKind = CycleKind.IMPROVE
    """A whole night, or one part of it run by hand."""
    forced: bool = False
    """Roll the candidate out even if the gate refuses."""
    share: float | None = None
    """Part of the traffic for the canary; None for the setting."""
    levers: tuple[str, ...] = ()
    """The only levers that it may use; empty for those of the agent, or of the settings."""
    started: datetime
    since: datetime
    """It learns from Interactions that happened, or were judged, after this moment ..."""
    until: datetime
    """... and up to this one."""
    used: datetime | None = None
    """Of Interactions without a version only those after this moment: earlier ones were used."""
    scheduled: bool = False
    """Did the clock begin it, not a person?"""
    handed_over: bool = False
    """Was it begun by a process that runs no nights, and taken up by none yet?"""
    executor: str = ""
    """The process that took it up last; empty where none has yet."""
    fencing_token: int = 0
    """How often it was taken up; whoever took it up before writes nothing more for it."""
    rated: int = 0
    """Rated conversations that it could learn from."""
    ended: datetime | None = None
    ending: Ending | None = None
    reason: str = ""
    """Why it ended so, and what to do next where something is to be done."""
    patterns: tuple[PatternId, ...] = ()
    dataset: DatasetId | None = None
    job: JobId | None = None
    candidate: AgentVersionId | None = None
    report: ReportId | None = None
    decision: DecisionId | None = None
    deployment: DeploymentId | None = None


class Executor(Struct, frozen=True, kw_only=True):
    """A process that runs nights on this store."""

    id: str
    """Kept in its data folder, so that a restart has the same."""
    seen: datetime
    """When it last said that it lives."""


class CycleEvent(Struct, frozen=True, kw_only=True):
    """Something that happened in a night: a step started, finished or failed, or the night ended."""

    id: str
    workspace: WorkspaceId
    cycle: CycleId
    at: datetime
    step: str
    what: str
    """started, finished, failed or ended."""
    detail: str = ""
