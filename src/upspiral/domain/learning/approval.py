"""May a learned text stand before a model? What a person was asked, and what the answer was."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import AgentId, AgentVersionId, CycleId, KeyId, ModelVersionId, WorkspaceId


class ApprovalState(StrEnum):
    """What became of a text that a night drafted."""

    WAITING = "waiting"
    """Nobody has answered; after `Approval.expires` nobody is asked any more."""
    APPROVED = "approved"
    """It competes in the next night of its agent."""
    REFUSED = "refused"
    """It is not drafted again."""
    USED = "used"
    """It was approved, and a night has taken it."""


GRANTED = (ApprovalState.APPROVED, ApprovalState.USED)
"""States of a text that a person has approved."""


class Approval(Struct, frozen=True, kw_only=True):
    """One learned text that a person is asked about."""

    id: str
    workspace: WorkspaceId
    agent: AgentId
    cycle: CycleId
    """The night that drafted it."""
    lever: str
    candidate: AgentVersionId
    """The version that holds the text."""
    live: AgentVersionId
    """The version that the text changes."""
    text_sha256: str
    """Over what was learned; two drafts of the same text have the same."""
    teacher: ModelVersionId | None = None
    """Who wrote it; None where it was made of recorded answers."""
    weaknesses: tuple[str, ...] = ()
    """The names of the weaknesses that it is to mend."""
    summary: str = ""
    at: datetime
    expires: datetime
    state: ApprovalState = ApprovalState.WAITING
    decided_at: datetime | None = None
    decided_by: str = ""
    """The name that the person gave."""
    decided_key: KeyId | None = None
    """The API key with which the answer came."""
    used_in: CycleId | None = None
    """The night that took it."""

    def is_open(self, now: datetime) -> bool:
        """Say whether a person may still answer."""
        return self.state is ApprovalState.WAITING and now < self.expires
