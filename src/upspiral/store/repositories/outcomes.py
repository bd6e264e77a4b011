"""How it went: the settled verdict of each Interaction."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Text, and_, or_, select, type_coerce

from upspiral.cursor import Cursor
from upspiral.domain import Outcome, Status
from upspiral.domain.ids import AgentId, InteractionId, WorkspaceId
from upspiral.store.columns import read_moment
from upspiral.store.rows import Rows, split_batches
from upspiral.store.tables import interactions, outcomes


class FoldedOutcome(NamedTuple):
    """The little of an Outcome by which a change of it is noticed; alike where nothing has changed."""

    stored_at: str | datetime
    """When it was folded, as the database keeps it: most are known, and need not be read as a moment."""
    interaction: InteractionId
    status: str
    score: float | None

    @property
    def at(self) -> datetime:
        """When it was folded."""
        return read_moment(self.stored_at)


class Outcomes(Rows[Outcome]):
    """The settled verdict of each Interaction that has a signal."""

    noun, table = Outcome, outcomes

    def of(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> dict[InteractionId, Outcome]:
        """The Outcomes of the given Interactions, by Interaction."""
        return {outcome.interaction: outcome for outcome in self.many(workspace, ids)}

    def forget_about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> None:
        """Delete the Outcomes of Interactions."""
        self.remove_each(workspace, "interaction", ids)

    def newest_change(self, workspace: WorkspaceId) -> datetime | None:
        """When one was last folded."""
        c = self.table.c
        found = self.select(c.workspace == workspace, order=[c.at.desc()], limit=1)
        return found[0].at if found else None

    def of_agent(self, workspace: WorkspaceId, agent: AgentId) -> list[Outcome]:
        """All about one agent."""
        return self.select(self.table.c.workspace == workspace, self.table.c.agent == agent)

    def list_folded_after(self, workspace: WorkspaceId, mark: Cursor, limit: int) -> list[FoldedOutcome]:
        """Which were folded after a mark, settled or not, oldest first; without reasons and signals."""
        c = self.table.c
        later = or_(c.at > mark.at, and_(c.at == mark.at, c.interaction > mark.id))
        where = (c.workspace == workspace, c.at >= mark.at, later)
        wanted = (type_coerce(c.at, Text()), c.interaction, c.status, c.score)
        statement = select(*wanted).where(*where).order_by(c.at, c.interaction).limit(limit)
        with self._database.reading() as connection:
            return [*map(FoldedOutcome._make, connection.execute(statement).all())]

    def count_newest_by_user(
        self, workspace: WorkspaceId, agent: AgentId | None, limit: int
    ) -> list[dict[str, Any]]:
        """Count the newest verdicts by the end user that was answered; those of nobody are left out.

        Args:
            workspace: Whose.
            agent: Whose answers; None for all agents.
            limit: Verdicts that are read.

        Returns:
            One dictionary for each user: ``key``, ``n``, ``successes``, ``failures``.
        """
        i, found = interactions.c, defaultdict[str, Counter[Status]](Counter)
        newest = self._list_newest_verdicts(workspace, agent, limit)
        with self._database.reading() as connection:
            for part in split_batches(newest):
                where = (i.workspace == workspace, i.id.in_(part), i.end_user.is_not(None))
                for ident, user in connection.execute(select(i.id, i.end_user).where(*where)):
                    found[user][newest[ident]] += 1
        return [
            {"key": user, "n": n.total(), "successes": n[Status.SUCCESS], "failures": n[Status.FAILURE]}
            for user, n in found.items()
        ]

    def _list_newest_verdicts(
        self, workspace: WorkspaceId, agent: AgentId | None, limit: int
    ) -> dict[InteractionId, Status]:
        c = self.table.c
        of_agent = [c.agent == agent] if agent else []
        found: list[tuple[datetime, InteractionId, Status]] = []
        with self._database.reading() as connection:
            for status in (Status.SUCCESS, Status.FAILURE):  # two questions, as each is the order of an index
                where = (c.workspace == workspace, c.status == status, *of_agent)
                statement = select(c.interaction_at, c.interaction).where(*where)
                rows = connection.execute(statement.order_by(c.interaction_at.desc()).limit(limit))
                found += [(at, ident, status) for at, ident in rows]
        return {ident: status for _, ident, status in sorted(found, reverse=True)[:limit]}

    def tally(self, workspace: WorkspaceId, agent: AgentId) -> dict[str, int]:
        """How many Interactions of an agent stand at each status."""
        rows = self.count_by(workspace, "status", where=[self.table.c.agent == agent])
        return {row["status"]: row["n"] for row in rows}
