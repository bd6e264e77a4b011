"""What else happened around an Interaction? One step of a trace that is no model call itself."""

from datetime import datetime
from enum import StrEnum
from typing import NewType

from msgspec import Struct

from upspiral.domain.ids import InteractionId, WorkspaceId

SpanId = NewType("SpanId", str)


class SpanKind(StrEnum):
    """What sort of step it was."""

    AGENT = "agent"
    TOOL = "tool"
    CHAIN = "chain"
    RETRIEVER = "retriever"
    EMBEDDING = "embedding"
    RERANKER = "reranker"
    GUARDRAIL = "guardrail"
    EVALUATOR = "evaluator"
    OTHER = "other"


class Span(Struct, frozen=True, kw_only=True):
    """One step of a trace: an agent's run, a tool's call, a retrieval, a request to a database."""

    id: SpanId
    """Derived from workspace, trace and span, so that a repeated delivery finds itself."""
    workspace: WorkspaceId
    trace: str
    """32 hex digits, as the sender wrote them."""
    span: str
    """16 hex digits, as the sender wrote them."""
    parent: str | None = None
    """The span around it; None for the root of a trace."""
    name: str
    kind: SpanKind = SpanKind.OTHER
    at: datetime
    duration_ms: float = 0.0
    error: str | None = None
    interaction: InteractionId | None = None
    """Whose request for a tool it answered, where that is known."""
    attributes: dict[str, str] = {}
    """What the sender said about it, as text."""
