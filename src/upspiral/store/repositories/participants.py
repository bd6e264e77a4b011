"""Who took part in what several agents or models answered?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from upspiral.cursor import Cursor
from upspiral.domain import Interaction
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.domain.interaction import AGREEING_FIELD, MODELS_FIELD, Participant
from upspiral.store.rows import Rows, split_batches
from upspiral.store.tables import participants


class Participants(Rows[Participant]):
    """Who took part in Interactions that are not of one agent alone."""

    noun, table = Participant, participants

    def group_about(
        self, workspace: WorkspaceId, ids: Iterable[InteractionId]
    ) -> dict[InteractionId, list[Participant]]:
        """Give those of each Interaction that has any."""
        c, found = self.table.c, defaultdict[InteractionId, list[Participant]](list)
        for part in split_batches(ids):
            for row in self.select(c.workspace == workspace, c.interaction.in_(part), order=[c.agent]):
                found[row.interaction].append(row)
        return dict(found)

    def of_turns(self, turns: Iterable[Interaction]) -> dict[InteractionId, list[Participant]]:
        """Give those of each Interaction of one workspace; only where its metadata names any it is asked."""
        named = [one for one in turns if MODELS_FIELD in one.metadata or AGREEING_FIELD in one.metadata]
        return self.group_about(named[0].workspace, [one.id for one in named]) if named else {}

    def list_credited(self, workspace: WorkspaceId, agent: AgentId) -> list[InteractionId]:
        """Name the Interactions whose outcome counts for an agent."""
        c = self.table.c
        return self._list_ids(c.workspace == workspace, c.agent == agent, c.credited)

    def list_newest_counted(self, workspace: WorkspaceId, agent: AgentId, limit: int) -> list[InteractionId]:
        """Name the newest Interactions of others that count as an agent's own, newest first."""
        c = self.table.c
        where = (c.workspace == workspace, c.agent == agent, c.counted)
        return self._list_ids(*where, order=[c.at.desc(), c.interaction.desc()], limit=limit)

    def list_after(
        self, workspace: WorkspaceId, agent: AgentId, mark: Cursor, *, until: datetime, limit: int
    ) -> list[Participant]:
        """Give where an agent took part after a mark and before a moment, oldest first."""
        c = self.table.c
        later = or_(c.at > mark.at, and_(c.at == mark.at, c.interaction > mark.id))
        where = (c.workspace == workspace, c.agent == agent, c.at >= mark.at, c.at < until, later)
        return self.select(*where, order=[c.at, c.interaction], limit=limit)

    def first_seen(self, workspace: WorkspaceId, agent: AgentId, since: datetime) -> datetime | None:
        """When an agent first took part at a moment or after; None where it did not."""
        c = self.table.c
        where = (c.workspace == workspace, c.agent == agent, c.at >= since)
        with self._database.reading() as connection:
            return connection.execute(select(c.at).where(*where).order_by(c.at).limit(1)).scalar()

    def agents(self, workspace: WorkspaceId) -> list[AgentId]:
        """The names of all who ever took part."""
        statement = select(self.table.c.agent).where(self.table.c.workspace == workspace).distinct()
        with self._database.reading() as connection:
            return sorted(AgentId(name) for name in connection.execute(statement).scalars())

    def forget_about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> int:
        """Delete who took part in Interactions; give how many rows there were."""
        return self.remove_each(workspace, "interaction", ids)

    def _list_ids(
        self, *where: ColumnElement[bool], order: Sequence[Any] = (), limit: int | None = None
    ) -> list[InteractionId]:
        statement = select(self.table.c.interaction).where(*where).order_by(*order).limit(limit)
        with self._database.reading() as connection:
            return [InteractionId(one) for one in connection.execute(statement).scalars()]
