"""What is a model, how must it be asked, and which job taught it?"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from msgspec import Struct

from upspiral.domain.ids import AgentId, CycleId, DatasetId, JobId, ModelVersionId, WorkspaceId

ChangeKind = Literal["drop", "rename", "add", "merge_system", "lacks"]
"""What is done to a request."""


class JobState(StrEnum):
    """Where a TrainingJob stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


JOB_TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.FAILED, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED}),
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}


class TrainingJob(Struct, frozen=True, kw_only=True):
    """One attempt to fine-tune."""

    id: JobId
    workspace: WorkspaceId
    agent: AgentId
    cycle: CycleId | None = None
    dataset: DatasetId
    base: ModelVersionId
    """The ModelVersion whose weights are the starting point."""
    recipe: str
    state: JobState = JobState.QUEUED
    created: datetime
    finished: datetime | None = None
    step: int = 0
    total_steps: int = 0
    loss: float | None = None
    error: str | None = None
    """What went wrong and what to do next; None unless failed."""


LOCAL_HOST = "local"
"""The host of models in folders, which this installation runs itself."""


class ModelVersion(Struct, frozen=True, kw_only=True):
    """Something that can answer: a base model, an adapter on it, or a provider's model."""

    id: ModelVersionId
    workspace: WorkspaceId
    name: str
    """The immutable name at its host, such as ``support-v7``."""
    host: str
    """What makes it answerable: `LOCAL_HOST`, or the name of a provider."""
    at: datetime
    base: str | None = None
    """Folder of the base model's weights; None at a provider."""
    adapter: str | None = None
    """Folder of the adapter; None for a base model or a provider's model."""
    url: str | None = None
    """Base URL of the endpoint, for hosts other than local."""
    key_env: str | None = None
    """Name of the environment variable that holds the endpoint's key."""
    sha256: str | None = None
    """Of the adapter's weights."""
    dataset: DatasetId | None = None
    job: JobId | None = None
    holds_erased: bool = False
    """Did it learn from somebody who was erased since?"""


class RequestChange(Struct, frozen=True):
    """One change of a request that a model asked for."""

    what: ChangeKind
    field: str = ""
    to: str = ""
    """The new name of a field that is renamed."""

    def __str__(self) -> str:
        told = {
            "drop": f"without `{self.field}`",
            "rename": f"`{self.to}` instead of `{self.field}`",
            "add": f"with `{self.field}`",
            "merge_system": "instructions within the first message, as it takes no system role",
            "lacks": f"not by the API {self.field!r}, which it does not speak",
        }
        return told[self.what]


class RefusalRecord(Struct, frozen=True):
    """What is known of one model at one host."""

    url: str
    model: str
    changes: tuple[RequestChange, ...]
    at: datetime
    """When the last of them was learned."""
