"""Who can be asked, and what it is at one moment."""

from datetime import datetime

from msgspec import Struct

from upspiral.domain.ids import (
    AgentId,
    AgentVersionId,
    InteractionId,
    MemoryId,
    ModelVersionId,
    WorkspaceId,
)


class Workspace(Struct, frozen=True, kw_only=True):
    """Whose data it is; every row belongs to one."""

    id: WorkspaceId
    name: str
    at: datetime
    time_zone: str = "UTC"


class AgentVersion(Struct, frozen=True, kw_only=True):
    """What an Agent is at one moment: instructions, examples, rules, sampling and the model behind them."""

    id: AgentVersionId
    workspace: WorkspaceId
    agent: AgentId
    number: int
    """Counts from 1 within the Agent."""
    at: datetime
    model: ModelVersionId
    instructions: str = ""
    """Put before every request as the system message."""
    examples: tuple[tuple[str, str], ...] = ()
    """Question and answer pairs shown before the request."""
    rules: tuple[str, ...] = ()
    """Guidelines added to the instructions."""
    sampling: dict[str, float] = {}
    """Defaults such as temperature and max_tokens; the caller's own settings win."""
    sha256: str
    """Over everything that changes the answer."""
    memory: MemoryId | None = None
    """Verified answers, of which those nearest to the question are shown before it."""

    @property
    def name(self) -> str:
        """The Agent's name and the number, such as ``support@3``."""
        return f"{self.agent}@{self.number}"


class Agent(Struct, frozen=True, kw_only=True):
    """A named thing that can be asked; its live AgentVersion says how it answers."""

    id: AgentId
    """Its name, unique in the workspace; what callers put into ``model``."""
    workspace: WorkspaceId
    at: datetime
    live: AgentVersionId
    generation: int = 0
    """Counts every change of the live version; an older number may not change it."""
    teacher: ModelVersionId | None = None
    """Who rewrites its failures."""
    levers: tuple[str, ...] = ()
    """The only levers that its nights may use; empty for those of the settings."""
    budget_tokens: int | None = None
    """Tokens that one of its nights may use of paid models; None for what the settings allow."""
    budget_usd: float | None = None
    """US dollars that one of its nights may spend on them; the smaller limit rules."""
    description: str = ""
    """What it is for, in the operator's words."""
    shadow_share: float | None = None
    """Part of its requests, 0 to 1, that a candidate answers a copy of; None for that of the settings."""


class Choice(Struct, frozen=True, kw_only=True):
    """Which Agent was chosen, with what probability, and why."""

    agent: AgentId
    probability: float
    reason: str


class LoggedChoice(Struct, frozen=True, kw_only=True):
    """A Choice that a policy made for a conversation, as it is stored."""

    id: InteractionId
    """Of the Interaction that was answered."""
    workspace: WorkspaceId
    at: datetime
    conversation: str
    domain: str
    policy: str
    agent: AgentId
    probability: float
    reason: str
