"""What happened: one request answered by one agent."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.ids import AgentId, AgentVersionId, DeploymentId, InteractionId, WorkspaceId


class Kind(StrEnum):
    """What sort of request it was."""

    CHAT = "chat"
    TASK = "task"
    RECOMMENDATION = "recommendation"


class Arm(StrEnum):
    """Which side of a running Deployment answered."""

    STABLE = "stable"
    CANARY = "canary"


class ToolCall(Struct, frozen=True, kw_only=True):
    """One call of a tool within an Interaction."""

    name: str
    arguments: str = ""
    """As the model wrote them, usually JSON."""
    result: str | None = None
    error: str | None = None
    """What went wrong; None where the call succeeded."""
    duration_ms: float | None = None


class Message(Struct, frozen=True):
    """One message of a conversation."""

    role: str
    content: str


class Usage(Struct, frozen=True):
    """What an answer consumed."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = 0.0
    """In the workspace's currency; 0 where unknown."""


class Interaction(Struct, frozen=True, kw_only=True):
    """One request answered by one agent, with its tool calls, tokens, cost and latency."""

    id: InteractionId
    workspace: WorkspaceId
    agent: AgentId
    at: datetime
    kind: Kind = Kind.CHAT
    messages: tuple[Message, ...]
    """The request: everything the agent was shown."""
    answer: str
    model: str
    """The name under which the host answered."""
    version: AgentVersionId | None = None
    """Which AgentVersion answered; None for imported traces."""
    deployment: DeploymentId | None = None
    """The Deployment that was running at the time, if any."""
    arm: Arm | None = None
    conversation: str
    """Shared by all turns of one conversation; the unit of assignment and of evidence."""
    trace: str | None = None
    end_user: str | None = None
    client_id: str | None = None
    """The sender's own id of the request, by which feedback may refer to it."""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    latency_ms: float = 0.0
    error: str | None = None
    trainable: bool = True
    """May it be used to teach a model?"""
    metadata: dict[str, str] = {}
    """Anything else the sender said about it, such as its task or domain."""

    @property
    def question(self) -> str:
        """What the user asked last."""
        return next((m.content for m in reversed(self.messages) if m.role == "user"), "")
