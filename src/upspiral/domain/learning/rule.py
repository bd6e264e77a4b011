"""What to do when: distilled from patterns."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import PatternId, WorkspaceId


class RuleState(StrEnum):
    """Where a Rule is in its life."""

    PROPOSED = "proposed"
    ACTIVE = "active"
    RETIRED = "retired"


class RuleKind(StrEnum):
    """What a Rule is for."""

    ROUTING = "routing"
    """Which agent to ask, or not to ask."""
    GUIDELINE = "guideline"
    """Words to heed, which may be put before a model."""


class Rule(Struct, frozen=True, kw_only=True):
    """What to do when; distilled from patterns."""

    id: str
    workspace: WorkspaceId
    kind: RuleKind = RuleKind.GUIDELINE
    conditions: tuple[tuple[str, str], ...]
    prefer: bool
    """Lean on what meets the conditions, or avoid it?"""
    text: str
    state: RuleState = RuleState.PROPOSED
    evidence: tuple[PatternId, ...] = ()
    success_rate: float
    effectiveness: float
    """Share approved inside minus outside, in the way the rule says; -1 to 1."""
    observed: int
    proposed_at: datetime
    confirmed_at: datetime
    """When it was last confirmed."""
    retired_because: str | None = None
