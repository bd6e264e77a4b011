"""What happened, and how it went."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from upspiral.domain import Feedback, Interaction, Outcome
from upspiral.domain.ids import AgentId, AgentVersionId, DeploymentId, InteractionId, WorkspaceId
from upspiral.store.rows import Rows
from upspiral.store.tables import feedback, interactions, outcomes


class Interactions(Rows[Interaction]):
    """Every request that was answered."""

    noun, table = Interaction, interactions

    def between(
        self,
        workspace: WorkspaceId,
        agent: AgentId,
        *,
        since: datetime,
        until: datetime,
        version: AgentVersionId | None = None,
    ) -> list[Interaction]:
        """Those after `since` up to `until`, oldest first; of one version, or of all."""
        c = self.table.c
        of_version = [c.version == version] if version else []
        return self.select(
            c.workspace == workspace,
            c.agent == agent,
            c.at > since,
            c.at <= until,
            *of_version,
            order=[c.at, c.id],
        )

    def of_deployment(self, workspace: WorkspaceId, deployment: DeploymentId) -> list[Interaction]:
        """Those answered while a Deployment ran, oldest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.deployment == deployment, order=[c.at, c.id])

    def latest(
        self, workspace: WorkspaceId, agent: AgentId | None = None, limit: int = 100
    ) -> list[Interaction]:
        """The newest, newest first."""
        c = self.table.c
        of_agent = [c.agent == agent] if agent else []
        return self.select(c.workspace == workspace, *of_agent, order=[c.at.desc(), c.id.desc()], limit=limit)

    def of_version(self, workspace: WorkspaceId, version: AgentVersionId) -> list[Interaction]:
        """All that one version answered, oldest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.version == version, order=[c.at, c.id])

    def agents(self, workspace: WorkspaceId) -> list[AgentId]:
        """The names of all agents that ever answered."""
        statement = select(self.table.c.agent).where(self.table.c.workspace == workspace).distinct()
        with self._database.reading() as connection:
            return sorted(AgentId(name) for name in connection.execute(statement).scalars())


class Feedbacks(Rows[Feedback]):
    """Every signal that came in."""

    noun, table = Feedback, feedback

    def about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> list[Feedback]:
        """All signals about the given Interactions, oldest first."""
        c = self.table.c
        wanted = list(ids)
        found: list[Feedback] = []
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            found += self.select(c.workspace == workspace, c.interaction.in_(part), order=[c.at, c.id])
        return found


class Outcomes(Rows[Outcome]):
    """The settled verdict of each Interaction that has a signal."""

    noun, table = Outcome, outcomes

    def of(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> dict[InteractionId, Outcome]:
        """The Outcomes of the given Interactions, by Interaction."""
        return {outcome.interaction: outcome for outcome in self.many(workspace, ids)}

    def tally(self, workspace: WorkspaceId, agent: AgentId) -> dict[str, int]:
        """How many Interactions of an agent stand at each status."""
        c = self.table.c
        statement = (
            select(c.status, func.count())
            .where(c.workspace == workspace, c.agent == agent)
            .group_by(c.status)
        )
        with self._database.reading() as connection:
            return {status: int(n) for status, n in connection.execute(statement)}
