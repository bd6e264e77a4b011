"""What of an agent's Interactions may be looked at, and how many of them are rated?"""

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from upspiral.domain import Interaction, Status, Window
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.store.rows import Rows
from upspiral.store.tables import interactions, outcomes


class EvidenceCount(Struct, frozen=True):
    """How much evidence there is, in conversations."""

    recorded: int = 0
    rated: int = 0
    failed: int = 0
    first: datetime | None = None
    """When the oldest conversation happened."""


class WindowedInteractions(Rows[Interaction]):
    """The Interactions within a window: by when they happened, and by when they were judged."""

    noun, table = Interaction, interactions

    def within(self, workspace: WorkspaceId, agent: AgentId, window: Window) -> list[Interaction]:
        """Those of a window, oldest first."""
        c = self.table.c
        found: list[Interaction] = []
        for where in self._wheres(workspace, agent, window):
            found += self.select(*where, order=[c.at.desc(), c.id.desc()], limit=window.limit)
        newest = sorted(found, key=lambda one: (one.at, one.id), reverse=True)[: window.limit]
        return newest[::-1]

    def count(  # type: ignore[override]
        self, workspace: WorkspaceId, agent: AgentId, window: Window
    ) -> EvidenceCount:
        """Count the conversations of a window, those that are rated, and those that failed."""
        c, o = self.table.c, outcomes.c
        same = and_(o.workspace == c.workspace, o.interaction == c.id)
        rated = func.max(case((o.status != Status.UNKNOWN, 1), else_=0)).label("rated")
        failed = func.max(case((o.status == Status.FAILURE, 1), else_=0)).label("failed")
        total = EvidenceCount()
        for where in self._wheres(workspace, agent, window):
            each = (
                select(rated, failed, func.min(c.at).label("first"))
                .select_from(self.table.outerjoin(outcomes, same))
                .where(*where)
                .group_by(c.conversation)
                .subquery()
            )
            sums = func.sum(each.c.rated), func.sum(each.c.failed), func.min(each.c.first)
            with self._database.reading() as connection:
                n, good_or_bad, bad, first = connection.execute(select(func.count(), *sums)).one()
            total = EvidenceCount(
                total.recorded + int(n),
                total.rated + int(good_or_bad or 0),
                total.failed + int(bad or 0),
                min((one for one in (total.first, first) if one), default=None),
            )
        return total

    def _wheres(
        self, workspace: WorkspaceId, agent: AgentId, window: Window
    ) -> Iterator[list[ColumnElement[bool]]]:
        """Give the conditions of those that happened since, and of the older ones judged since."""
        c, o = self.table.c, outcomes.alias().c  # counting joins the outcomes by their own name
        since = max(window.since, window.used or window.since)
        ours = [c.workspace == workspace, c.agent == agent, c.at <= window.until]

        def is_judged(after: datetime) -> ColumnElement[bool]:
            same = and_(o.workspace == c.workspace, o.interaction == c.id)
            return exists().where(same, o.at > after, o.settled > after)

        if window.version is None:
            yield [*ours, c.at > window.since]
            yield [*ours, c.at <= window.since, is_judged(window.since)]
            return
        answered, elsewhere = c.version == window.version, c.version.is_(None)
        recent = or_(and_(answered, c.at > window.since), and_(elsewhere, c.at > since))
        late = or_(
            and_(answered, c.at <= window.since, is_judged(window.since)),
            and_(elsewhere, c.at <= since, is_judged(since)),
        )
        yield [*ours, recent]
        yield [*ours, late]
