"""What may a night spend on models that send a bill, and what did it spend?"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import AgentId, BudgetId, ReservationId, WorkspaceId

NANO_PER_USD = 1_000_000_000
"""Money is kept in whole billionths of a US dollar, so that sums are exact."""

OF_COPIES, BY_DAY = "shadow", "day"
"""Begin the ids of budgets that are no night's: of a day's copies of requests, of a person's work by day."""


class Purpose(StrEnum):
    """What a paid call is for."""

    TEACHER = "teacher"
    NAMER = "namer"
    PROPOSER = "proposer"
    JUDGE = "judge"
    SHADOW = "shadow"
    """A candidate answers a copy of a request, unseen."""
    HELD_OUT = "held_out"
    """A version answers held-out cases."""
    PROBE = "probe"
    """One question that shows whether a version answers at all; counted, and never refused."""


class ReservationState(StrEnum):
    """Where a paid call stands."""

    HELD = "held"
    """It may be under way, or nobody knows whether it was answered."""
    SETTLED = "settled"
    RELEASED = "released"
    """It was not made, or its provider refused it and charges nothing."""


class Amount(Struct, frozen=True):
    """Tokens, and what they cost."""

    tokens: int
    nano_usd: int | None = None
    """None where no price is known."""


class PurposeCost(Struct, frozen=True, kw_only=True):
    """What one purpose took of a budget at one model."""

    purpose: Purpose
    model: str
    calls: int
    """Calls that were answered."""
    unanswered: int
    """Calls of which nobody knows whether they were answered: they timed out, or the server was killed."""
    reserved_tokens: int
    """The most that the calls could have taken: the estimate."""
    reserved_nano_usd: int | None
    input_tokens: int
    output_tokens: int
    used_nano_usd: int | None
    """Of the calls whose price is known; None where that is none."""
    unpriced: int
    """Answered calls whose price is not known."""


class Budget(Struct, frozen=True, kw_only=True):
    """What a night may spend; what its calls hold and have used of that."""

    id: BudgetId
    """The id of the night; of work by day an id of its own, see `BY_DAY` and `OF_COPIES`."""
    workspace: WorkspaceId
    agent: AgentId
    at: datetime
    limit_tokens: int | None = None
    """None for no limit; what is spent is recorded all the same."""
    limit_nano_usd: int | None = None
    held_tokens: int = 0
    """Reserved by calls that are not settled yet."""
    held_nano_usd: int = 0
    used_tokens: int = 0
    used_nano_usd: int = 0
    refused: int = 0
    """Calls that were not made because the budget was used up."""
    closed: datetime | None = None
    """When the night ended; nothing is reserved after that."""
    costs: tuple[PurposeCost, ...] = ()
    """What each purpose took, added up when it was closed."""


class Reservation(Struct, frozen=True, kw_only=True):
    """One paid call of a night: what was reserved for it, and what it used."""

    id: ReservationId
    """The same for every repetition of the call."""
    workspace: WorkspaceId
    budget: BudgetId
    agent: AgentId
    purpose: Purpose
    model: str
    at: datetime
    state: ReservationState = ReservationState.HELD
    held_tokens: int = 0
    """What it holds now."""
    held_nano_usd: int | None = None
    reserved_tokens: int = 0
    """What it held in all, where the call was made again."""
    reserved_nano_usd: int | None = 0
    calls: int = 0
    """How often it was answered: once, unless its answer was erased meanwhile."""
    input_tokens: int = 0
    output_tokens: int = 0
    used_nano_usd: int | None = 0
    answer: str | None = None
    """The answer as JSON, until the night ends: a call that was answered is not made again."""
