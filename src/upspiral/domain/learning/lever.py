"""What did a night try? One change to an agent that a lever drafted, and how it went."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import AgentId, AgentVersionId, CycleId, ReportId, WorkspaceId


class TrialState(StrEnum):
    """How far a lever came in a night."""

    PLANNED = "planned"
    PASSED_OVER = "passed over"
    """It could not be used, or was not worth its price; says why."""
    WITHOUT_DRAFT = "without draft"
    """It found nothing to change, or what it drafted was not admitted."""
    FAILED = "failed"
    """An error kept it from drafting."""
    WAITING = "waiting for approval"
    """A person is asked whether its text may stand before a model."""
    DRAFTED = "drafted"
    """Its candidate was made, and nobody has looked at it yet."""
    TRIED = "tried"
    """Its candidate has answered the cases on which the drafts of a night compete."""
    CHOSEN = "chosen"
    """Its candidate went on to the gate."""


class LeverTrial(Struct, frozen=True, kw_only=True):
    """What one lever did in one night."""

    id: str
    """Derived from the night and the lever."""
    workspace: WorkspaceId
    agent: AgentId
    cycle: CycleId
    lever: str
    """The name under which the lever is registered, such as ``examples``."""
    position: int
    """Its place in the plan, from 0: those that promise most for their price come first."""
    at: datetime
    state: TrialState = TrialState.PLANNED
    reason: str = ""
    """Why it ended so, or what it changed, in words."""
    expected_gain: float = 0.0
    """Share of the cases that it was expected to mend on balance, by what it did in past nights, -1 to 1."""
    estimated_usd: float = 0.0
    """What drafting was expected to cost."""
    candidate: AgentVersionId | None = None
    report: ReportId | None = None
    """The comparison on the cases on which drafts compete; None where it was the only draft."""
    gain: float | None = None
    """Success rate of its candidate minus the incumbent's on these cases, -1 to 1."""
    gain_low: float | None = None
    """Lower end of the 95 % interval of the gain."""
    usd_per_1000: float | None = None
    """US dollars for 1,000 answers of its candidate to these cases; None where no price is known."""
