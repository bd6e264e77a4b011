"""One AgentVersion on its way out next to the stable one."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import AgentId, AgentVersionId, CycleId, DeploymentId, WorkspaceId


class DeploymentState(StrEnum):
    """Where a Deployment stands."""

    CANARY = "canary"
    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    RETIRED = "retired"


DEPLOYMENT_TRANSITIONS: dict[DeploymentState, frozenset[DeploymentState]] = {
    DeploymentState.CANARY: frozenset({DeploymentState.PROMOTED, DeploymentState.ROLLED_BACK}),
    DeploymentState.PROMOTED: frozenset({DeploymentState.ROLLED_BACK, DeploymentState.RETIRED}),
    DeploymentState.ROLLED_BACK: frozenset(),
    DeploymentState.RETIRED: frozenset(),
}


class Verdict(StrEnum):
    """What the watch says; missing evidence is never healthy."""

    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    INCONCLUSIVE = "inconclusive"


class Deployment(Struct, frozen=True, kw_only=True):
    """A candidate that answers a share of the traffic beside the stable version."""

    id: DeploymentId
    workspace: WorkspaceId
    agent: AgentId
    cycle: CycleId | None = None
    candidate: AgentVersionId
    stable: AgentVersionId
    share: float
    """Part of the conversations that the candidate answers, above 0 and below 1."""
    state: DeploymentState = DeploymentState.CANARY
    forced: bool = False
    """Was it rolled out although the gate refused or was never asked?"""
    started: datetime
    ended: datetime | None = None
    verdict: Verdict | None = None
    reason: str = ""
    canary_n: int = 0
    """Labeled conversations of the candidate so far."""
    canary_successes: int = 0
    stable_n: int = 0
    stable_successes: int = 0
    difference_low: float = -1.0
    """Lower limit of the anytime-valid interval of candidate minus stable."""
    difference_high: float = 1.0
    e_value: float = 1.0
    """Evidence that the candidate is worse; at 1/alpha it is rolled back."""
