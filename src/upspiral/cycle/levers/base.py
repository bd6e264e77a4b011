"""What must a lever be able to do? Draft one change to an agent from what its night has found."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from upspiral.domain import Agent, AgentVersion, Cycle, Dataset


class DraftTask(Struct, frozen=True, kw_only=True):
    """What a lever is asked: a better version of an agent."""

    cycle: Cycle
    """The night, with the ids of the weaknesses that it found."""
    agent: Agent
    live: AgentVersion
    """What the draft must differ from, in one respect."""
    dataset: Dataset
    """Of its Examples only those of `Split.TRAIN` may be read."""
    now: datetime


class DraftCost(Struct, frozen=True, kw_only=True):
    """What drafting is expected to cost."""

    usd: float | None = 0.0
    """What providers will ask for, in dollars; None where no price is known."""
    tokens: int = 0
    """Tokens that models will be asked for."""
    seconds: float = 0.0
    """Seconds of this machine's work."""


class Draft(Struct, frozen=True, kw_only=True):
    """A change that a lever proposes."""

    version: AgentVersion
    """The live version with one thing changed; its id, hash and number are set by the night."""
    summary: str
    """What was changed, in a few words."""


class Declined(Struct, frozen=True):
    """A lever's answer where it has nothing to propose."""

    reason: str


class Waiting(Struct, frozen=True):
    """A lever's answer while its draft is being made elsewhere; it is asked again later."""

    note: str = ""


class Lever(Protocol):
    """One way to make an agent better. A night may be killed and ask again: the same task, the same draft."""

    name: str

    def find_obstacle(self, agent: Agent) -> str | None:
        """Say in a sentence why this agent cannot be helped in this way here; None where it can.

        Asked before anything is paid for: nobody is called, nothing is started.
        """
        ...

    def estimate(self, task: DraftTask) -> DraftCost:
        """Say what a draft will about cost; nobody is called."""
        ...

    async def draft(self, task: DraftTask) -> Draft | Declined | Waiting:
        """Draft a better version.

        Raises:
            UpspiralError: It could not; the night goes on with its other levers.
        """
        ...
