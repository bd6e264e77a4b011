"""Who answers, and what is on its way out."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, func, select, update

from upspiral.cursor import Cursor
from upspiral.domain import Agent, AgentVersion, Deployment, DeploymentState, LoggedChoice, Workspace
from upspiral.domain.deployment import DEPLOYMENT_TRANSITIONS
from upspiral.domain.ids import AgentId, AgentVersionId, InteractionId, MemoryId, WorkspaceId
from upspiral.errors import Conflict, InvalidTransition
from upspiral.store.database import Database
from upspiral.store.rows import Rows, split_batches
from upspiral.store.tables import agent_versions, agents, choices, deployments, metadata, workspaces


class Workspaces(Rows[Workspace]):
    """Whose data it is."""

    noun, table = Workspace, workspaces

    def ensure(self, workspace: WorkspaceId, now: datetime) -> None:
        """Make it where it is missing."""
        self.insert_ignore(Workspace(id=workspace, name=str(workspace), at=now))

    def zone(self, workspace: WorkspaceId) -> str:
        """The time zone of one."""
        found = self.select(self.table.c.id == workspace, limit=1)
        return found[0].time_zone if found else "UTC"

    def set_zone(self, workspace: WorkspaceId, zone: str) -> Workspace:
        """Set the time zone of one."""
        self.update_where(self.table.c.id == workspace, time_zone=zone)
        return self.select(self.table.c.id == workspace, limit=1)[0]

    def all(self) -> list[Workspace]:
        """Every workspace, by name."""
        return self.select(order=[self.table.c.id])


class Agents(Rows[Agent]):
    """Everyone who can be asked."""

    noun, table = Agent, agents

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.changes = 0
        """Grows with every change that this process committed, so that it sees its own at once."""

    def add(self, *nouns: Agent) -> None:
        """Write new agents."""
        super().add(*nouns)
        self._database.run_after_commit(self._note_change)

    def update_where(self, *where: ColumnElement[bool], **values: Any) -> int:
        """Write values into all that meet every condition; give how many there were."""
        changed = super().update_where(*where, **values)
        self._database.run_after_commit(self._note_change)
        return changed

    def remove(self, *where: ColumnElement[bool]) -> int:
        """Delete all that meet every condition; give how many there were."""
        removed = super().remove(*where)
        self._database.run_after_commit(self._note_change)
        return removed

    def _note_change(self) -> None:
        self.changes += 1

    def all(self, workspace: WorkspaceId) -> list[Agent]:
        """Every agent, by name."""
        return self.select(self.table.c.workspace == workspace, order=[self.table.c.id])

    def generation(self, workspace: WorkspaceId) -> tuple[int, int]:
        """Two numbers that change with every change of what is served."""
        c = self.table.c
        statement = select(func.count(), func.coalesce(func.sum(c.generation), 0)).where(
            c.workspace == workspace
        )
        with self._database.reading() as connection:
            count, generations = connection.execute(statement).one()
            return int(count), int(generations)

    def advance(self, agent: Agent, *, live: AgentVersionId | None = None) -> Agent:
        """Change what is served, if nobody did since the agent was read.

        Args:
            agent: As read before the decision; its generation is the fencing number.
            live: The new live version; None where only a Deployment changed.

        Raises:
            Conflict: Somebody else changed it meanwhile.
        """
        c = self.table.c
        new = msgspec.structs.replace(agent, live=live or agent.live, generation=agent.generation + 1)
        changed = self.update_where(
            c.workspace == agent.workspace,
            c.id == agent.id,
            c.generation == agent.generation,
            live=new.live,
            generation=new.generation,
        )
        if not changed:
            raise Conflict(
                f"What agent {agent.id!r} serves was changed by somebody else meanwhile.",
                hint="Look at `upspiral status` and try again.",
            )
        return new

    def edit(self, agent: Agent, **facts: Any) -> None:
        """Write other facts about an agent that change nothing of what is served."""
        c = self.table.c
        self.update_where(c.workspace == agent.workspace, c.id == agent.id, **facts)

    def rename(self, agent: Agent, name: AgentId) -> None:
        """Give an agent another name, in every table that holds it."""
        c = self.table.c
        self.update_where(
            c.workspace == agent.workspace, c.id == agent.id, id=name, generation=agent.generation + 1
        )
        with self._database.transaction() as connection:
            for table in metadata.sorted_tables:
                if "agent" in table.c and "workspace" in table.c:
                    held = (table.c.workspace == agent.workspace, table.c.agent == agent.id)
                    connection.execute(update(table).where(*held).values(agent=name))

    def delete(self, agent: Agent) -> None:
        """Take an agent away; what is recorded of it stays."""
        c = self.table.c
        self.remove(c.workspace == agent.workspace, c.id == agent.id)


class AgentVersions(Rows[AgentVersion]):
    """What agents were, are and may become."""

    noun, table = AgentVersion, agent_versions

    def of(self, workspace: WorkspaceId, agent: AgentId) -> list[AgentVersion]:
        """All of one agent, oldest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.agent == agent, order=[c.number])

    def list_with_memory(self, workspace: WorkspaceId, memories: Iterable[MemoryId]) -> list[AgentVersion]:
        """Those that show what one of the memories holds, oldest first."""
        c, found = self.table.c, list[AgentVersion]()
        for part in split_batches(memories):
            found += self.select(c.workspace == workspace, c.memory.in_(part), order=[c.at, c.id])
        return found


class Deployments(Rows[Deployment]):
    """Versions on their way out."""

    noun, table = Deployment, deployments
    moment = "started"

    def of(self, workspace: WorkspaceId, agent: AgentId) -> list[Deployment]:
        """All of one agent, oldest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.agent == agent, order=[c.started])

    def running(self, workspace: WorkspaceId) -> list[Deployment]:
        """Those that answer a share of the traffic now."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.state == DeploymentState.CANARY)

    def note(self, deployment: Deployment, **facts: Any) -> None:
        """Write down what the watch saw, as long as the canary runs."""
        c = self.table.c
        self.update_where(
            c.workspace == deployment.workspace,
            c.id == deployment.id,
            c.state == DeploymentState.CANARY,
            **facts,
        )

    def move(self, deployment: Deployment, to: DeploymentState, **values: Any) -> Deployment:
        """Bring a Deployment from the state it is in to another.

        Raises:
            InvalidTransition: It has moved on since it was read, or there is no such way.
        """
        c = self.table.c
        moved = to in DEPLOYMENT_TRANSITIONS[deployment.state] and self.update_where(
            c.workspace == deployment.workspace,
            c.id == deployment.id,
            c.state == deployment.state,
            state=to,
            **values,
        )
        if not moved:
            raise InvalidTransition(
                f"Deployment {deployment.id} is {deployment.state} and cannot become {to}."
            )
        return self.get(deployment.workspace, deployment.id)


class Choices(Rows[LoggedChoice]):
    """Who was chosen by a policy, and with what chance."""

    noun, table = LoggedChoice, choices

    def page(self, workspace: WorkspaceId, after: Cursor | None, limit: int) -> list[LoggedChoice]:
        """A page of them, newest first."""
        return self.newest(self.table.c.workspace == workspace, after=after, limit=limit)

    def forget_about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> None:
        """Delete those made for Interactions."""
        self.remove_each(workspace, "id", ids)
