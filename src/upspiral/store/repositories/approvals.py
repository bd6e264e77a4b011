"""Which learned texts were people asked about, and what did they say?"""

from typing import Any

from upspiral.domain.ids import AgentId, AgentVersionId, WorkspaceId
from upspiral.domain.learning.approval import Approval, ApprovalState
from upspiral.errors import Conflict
from upspiral.store.rows import Rows
from upspiral.store.tables import approvals


class Approvals(Rows[Approval]):
    """What people were asked about learned texts."""

    noun, table = Approval, approvals

    def of(self, workspace: WorkspaceId, agent: AgentId, lever: str | None = None) -> list[Approval]:
        """All of an agent, or of one lever of it, oldest first."""
        c = self.table.c
        where = [c.lever == lever] if lever else []
        return self.select(c.workspace == workspace, c.agent == agent, *where, order=[c.at, c.id])

    def of_candidate(self, workspace: WorkspaceId, candidate: AgentVersionId) -> list[Approval]:
        """All about one version, oldest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.candidate == candidate, order=[c.at, c.id])

    def move(self, approval: Approval, to: ApprovalState, **values: Any) -> Approval:
        """Bring one from the state it is in to another.

        Raises:
            Conflict: Somebody else did so meanwhile.
        """
        c = self.table.c
        moved = self.update_where(
            c.workspace == approval.workspace,
            c.id == approval.id,
            c.state == approval.state,
            state=to,
            **values,
        )
        if not moved:
            raise Conflict(
                f"Approval {approval.id} is no longer {approval.state}.",
                hint="`upspiral approve --all` shows what became of it.",
            )
        return self.get(approval.workspace, approval.id)
