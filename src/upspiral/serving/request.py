"""What is known of a request, before and after it is decided who answers?"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from upspiral.domain import AgentVersion, Arm, Choice, Message, ModelVersion
from upspiral.domain.ids import InteractionId, MemoryItemId, WorkspaceId
from upspiral.errors import UpspiralError
from upspiral.projections import Served
from upspiral.providers.base import Completion
from upspiral.providers.dialects import Dialect

CLIENT_DISCONNECTED = "The caller hung up before the answer was complete."


class GatewayRequest(Struct, frozen=True, kw_only=True):
    """A request as the gateway understood it."""

    workspace: WorkspaceId
    dialect: Dialect
    model: str
    messages: tuple[Message, ...]
    body: dict[str, Any]
    """As it came."""
    size: int = 0
    """Bytes of the body."""
    headers: Mapping[str, str] = {}
    """Those that are passed on."""
    key: str = ""
    """The id of the caller's key."""
    conversation: str | None = None
    follows: str | None = None
    """The host's id of the answer that this request goes on from, where it names no conversation."""
    end_user: str | None = None
    client_id: str | None = None
    trace: str | None = None
    metadata: dict[str, str] = {}


class RoutedRequest(Struct, frozen=True):
    """A request that knows who answers it."""

    asked: GatewayRequest
    served: Served
    arm: Arm | None
    interaction: InteractionId
    conversation: str
    choice: Choice
    policy: str | None = None
    """Which policy drew the agent; None where the caller named it."""

    @property
    def name(self) -> str:
        """The agent's name."""
        return self.served.agent.id

    @property
    def version(self) -> AgentVersion:
        """The AgentVersion that answers."""
        return self.served.candidate if self.arm == Arm.CANARY and self.served.candidate else self.served.live

    @property
    def model(self) -> ModelVersion:
        """The ModelVersion behind it."""
        candidate = self.served.candidate_model
        return candidate if self.arm == Arm.CANARY and candidate else self.served.live_model


class FanOut(Struct, frozen=True):
    """A request that several agents answer."""

    asked: GatewayRequest
    mode: str
    """`ensemble`: all at once; `cascade`: one after the other until an answer is good enough."""
    members: tuple[RoutedRequest, ...]
    """In the order in which they were drawn."""
    policy: str
    """Which policy drew them, with the mode, such as ``thompson:ensemble``."""
    chance: float
    """With which just these were drawn in this order."""
    counted: bool = False
    """Does the caller of a stream want the count of tokens?"""


class ModelReply(Struct, frozen=True, kw_only=True):
    """What came of asking one agent."""

    body: bytes = b""
    """The answer as it came."""
    completion: Completion | None = None
    latency_ms: float
    error: str | None = None
    failure: UpspiralError | None = None
    """The error that the caller gets, where there is no answer."""
    shown: tuple[MemoryItemId, ...] = ()
    """What the version's memory put before the request."""


class RecordedReply(Struct, frozen=True):
    """An answer that is to be written down, and what became of it."""

    routed: RoutedRequest
    reply: ModelReply
    marks: dict[str, str] = {}
    """Added to its metadata."""
    teaches: bool = True
    """May a model learn from it?"""
    verified: float | None = None
    """What the verification gave it, 0 to 1, where that is to be kept."""
