"""What happened: one request answered by one agent."""

from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct

from upspiral.domain.ids import (
    AgentId,
    AgentVersionId,
    DeploymentId,
    InteractionId,
    MemoryItemId,
    WorkspaceId,
)
from upspiral.domain.message import Extra, Message, Part

ENSEMBLE, CASCADE = "ensemble", "cascade"
"""Names in the metadata of what several agents were asked: what became of this answer."""
MODELS_FIELD, AGREEING_FIELD = "models", "agreed"
"""Names in the metadata of an answer that was given: who answered at all, and who said the same."""
MAX_PARTICIPANTS = 100
"""Names of one Interaction that are counted; those after them are passed over."""
MAX_AGENT_NAME = 200
"""Characters; a longer name is no agent's."""
UNFINISHED_REASONS = frozenset(
    (
        *("length", "max_tokens", "max_output_tokens", "model_context_window_exceeded"),
        *("content_filter", "refusal", "incomplete", "failed", "cancelled", "MAX_TOKENS", "SAFETY"),
    )
)
"""Ends after which an answer is not what the model would have said: it is never taught as a good one."""


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
    id: str | None = None
    """By which a tool's message says which call it answers."""
    result: str | None = None
    error: str | None = None
    """What went wrong; None where the call succeeded."""
    duration_ms: float | None = None


class Usage(Struct, frozen=True):
    """What an answer consumed."""

    input_tokens: int = 0
    """All that were read, those from a cache included."""
    output_tokens: int = 0
    """All that were written, reasoning included."""
    cost: float | None = None
    """In the currency of the prices that are set, US dollars for published ones; None where unknown."""
    cache_read_tokens: int = 0
    """Of the input, what came from a cache."""
    cache_write_tokens: int = 0
    """Of the input, what was put into a cache."""
    reasoning_tokens: int = 0
    """Of the output, what was thought and not said."""


class ToolDefinition(Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """A tool that the agent may call."""

    name: str
    description: str = ""
    parameters: dict[str, Any] | None = None
    """JSON schema of its arguments."""
    kind: str = "function"
    """`function`, or the type of a tool that the host itself provides."""
    extra: Extra | None = None


class RequestOptions(Struct, frozen=True, kw_only=True, omit_defaults=True, repr_omit_defaults=True):
    """What a request says besides its messages."""

    api: str = ""
    """In which API it was asked: `chat`, `responses`, `messages`; empty where that is not known."""
    tools: tuple[ToolDefinition, ...] = ()
    tool_choice: Any = None
    """`auto`, `none`, `required`, or an object that names a tool."""
    response_format: Any = None
    """Which form the answer must have, such as a JSON schema."""
    sampling: dict[str, Any] = {}
    """Temperature, limits of tokens, stop words and the like, by the names that the sender used."""
    extra: Extra | None = None


class AttachmentUse(Struct, frozen=True, kw_only=True):
    """An Interaction whose pictures or other files hold this one, which is kept in a file of its own."""

    workspace: WorkspaceId
    sha256: str
    interaction: InteractionId


class Interaction(Struct, frozen=True, kw_only=True):
    """One request answered by one agent, with its tool calls, tokens, cost and latency."""

    id: InteractionId
    workspace: WorkspaceId
    agent: AgentId
    at: datetime
    kind: Kind = Kind.CHAT
    messages: tuple[Message, ...]
    """The request: everything the agent was shown."""
    options: RequestOptions | None = None
    """The rest of the request; None where nothing else was said, or nothing else is known."""
    answer: str
    """The text of the answer."""
    answer_parts: tuple[Part, ...] = ()
    """The answer in parts, where it is more than text."""
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
    prefix_hash: str | None = None
    """Keyed hash of the request and its answer, with which the next turn of the same talk begins."""
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage = Usage()
    latency_ms: float = 0.0
    error: str | None = None
    trainable: bool = True
    """May it be used to teach a model?"""
    metadata: dict[str, str] = {}
    """Anything else the sender said about it, such as its task or domain."""
    shown: tuple[MemoryItemId, ...] = ()
    """Items of the version's memory that were put before the request, in the order in which they stood."""

    @property
    def is_whole(self) -> bool:
        """Did the model say all that it would have said? Not where a limit or a filter cut it."""
        return self.metadata.get("finish_reason") not in UNFINISHED_REASONS

    @property
    def question(self) -> str:
        """What the user asked last."""
        return next((m.content for m in reversed(self.messages) if m.role == "user"), "")


class Participant(Struct, frozen=True, kw_only=True):
    """An agent or model that took part in an Interaction which is not of its own agent alone."""

    workspace: WorkspaceId
    interaction: InteractionId
    agent: AgentId
    at: datetime
    """Of the Interaction."""
    credited: bool
    """Does the outcome count for it? It gave this answer, alone or with others."""
    ran: bool
    """Does its profile count the run? It was asked, whether or not its answer was the one given."""
    counted: bool
    """Is the run one more of its own? Not where it has a record of its own of having been asked."""


def list_participants(turn: Interaction) -> tuple[Participant, ...]:
    """Say who gets which credit for an Interaction; nobody is named where its agent alone gets all.

    What the gateway asks several agents has a record for each of them; the answer that was given is also
    credited to those who agreed. A sender that asked several models by itself says only that they answered
    together, so the run counts for each of them.

    Args:
        turn: The Interaction; its metadata says who answered at all, and who said the same.
    """
    if MODELS_FIELD not in turn.metadata and AGREEING_FIELD not in turn.metadata:
        return ()
    models = _read_names(turn, MODELS_FIELD) or (turn.agent,)
    credited = _list_credited(turn, models)
    if credited == models == (turn.agent,):
        return ()
    by_gateway = ENSEMBLE in turn.metadata or CASCADE in turn.metadata
    return tuple(
        Participant(
            workspace=turn.workspace,
            interaction=turn.id,
            agent=name,
            at=turn.at,
            credited=name in credited,
            ran=name in models,
            counted=name in credited and name != turn.agent and not by_gateway,
        )
        for name in dict.fromkeys((*credited, *models))
    )


def _list_credited(turn: Interaction, models: tuple[AgentId, ...]) -> tuple[AgentId, ...]:
    if ENSEMBLE in turn.metadata or CASCADE in turn.metadata or len(models) < 2:
        return tuple(dict.fromkeys((turn.agent, *_read_names(turn, AGREEING_FIELD))))
    alone = turn.agent not in ("+".join(models), *models)
    return (turn.agent, *models) if alone else models


def _read_names(turn: Interaction, field: str) -> tuple[AgentId, ...]:
    """Read names that stand between commas, or a JSON list of them, as which a sender's list is kept."""
    text = turn.metadata.get(field, "")
    names = text.split(",")
    if text.startswith("["):
        with suppress(msgspec.DecodeError):
            names = msgspec.json.decode(text, type=list[str])
    named = (name.strip() for name in names)
    return tuple(dict.fromkeys(AgentId(one) for one in named if 0 < len(one) <= MAX_AGENT_NAME))[
        :MAX_PARTICIPANTS
    ]
