"""What would a candidate have answered? Its answer to a copy of a user's request, which nobody saw."""

from datetime import datetime

from msgspec import Struct

from upspiral.domain.ids import AgentId, AgentVersionId, InteractionId, ShadowId, WorkspaceId


class ShadowAnswer(Struct, frozen=True, kw_only=True):
    """A candidate's answer to a copy of one request; the incumbent's is that of the Interaction."""

    id: ShadowId
    """Derived from candidate and Interaction, so that no request is answered twice."""
    workspace: WorkspaceId
    agent: AgentId
    candidate: AgentVersionId
    incumbent: AgentVersionId
    """Who answered the user."""
    interaction: InteractionId
    at: datetime
    answer: str
    """Empty where it asked for a tool, or said nothing."""
