"""Which answers were followed by another turn, and of how many is anything known?"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import and_, exists, func, select

from upspiral.cursor import Cursor
from upspiral.domain import Interaction, Kind, Source, Status
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.store.rows import Rows, split_batches
from upspiral.store.tables import feedback, interactions, outcomes


class FollowedId(NamedTuple):
    """An Interaction that a later one of its conversation follows."""

    at: datetime
    id: InteractionId
    conversation: str


class CoverageCounts(Struct, frozen=True):
    """Of how many Interactions something is known."""

    turns: int
    """Interactions other than recommendations."""
    with_outcome: int
    """Those that are a success or a failure."""
    with_implicit: int
    """Those with a score from an implicit signal."""


class FollowedInteractions(Rows[Interaction]):
    """Interactions as turns of their conversations."""

    noun, table = Interaction, interactions

    def find_conversations(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> list[str]:
        """The conversations of some Interactions, each once, the one of the newest Interaction first."""
        c, newest = self.table.c, dict[str, datetime]()
        for part in split_batches(ids):
            where = (c.workspace == workspace, c.id.in_(part), c.kind != Kind.RECOMMENDATION)
            statement = select(c.conversation, func.max(c.at)).where(*where).group_by(c.conversation)
            with self._database.reading() as connection:
                for conversation, at in connection.execute(statement):
                    newest[conversation] = max(at, newest.get(conversation, at))
        return sorted(newest, key=lambda one: (newest[one], one), reverse=True)

    def of_conversations(
        self, workspace: WorkspaceId, conversations: Iterable[str]
    ) -> dict[str, list[Interaction]]:
        """All turns of some conversations, oldest first, by conversation."""
        c, found = self.table.c, dict[str, list[Interaction]]()
        for part in split_batches(conversations):
            where = (c.workspace == workspace, c.conversation.in_(part), c.kind != Kind.RECOMMENDATION)
            for one in self.select(*where, order=[c.at, c.id]):
                found.setdefault(one.conversation, []).append(one)
        return found

    def list_unjudged(
        self, workspace: WorkspaceId, rater: str, mark: Cursor, *, quiet_since: datetime, limit: int
    ) -> list[FollowedId]:
        """Those after a mark that were followed and that an implicit rater has not judged, oldest first.

        Conversations that went on after `quiet_since` are left for later.
        """
        c, later, f = self.table.c, self.table.alias().c, feedback.c
        same = and_(later.workspace == c.workspace, later.conversation == c.conversation)
        judged = and_(f.workspace == c.workspace, f.interaction == c.id, f.source == Source.IMPLICIT)
        statement = (
            select(c.at, c.id, c.conversation)
            .where(c.workspace == workspace, c.kind != Kind.RECOMMENDATION)
            .where(c.at >= mark.at, (c.at > mark.at) | (c.id > mark.id), c.at < quiet_since)
            .where(exists().where(same, later.at > c.at), ~exists().where(same, later.at >= quiet_since))
            .where(~exists().where(judged, f.rater == rater))
            .order_by(c.at, c.id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return [FollowedId(*row) for row in connection.execute(statement)]

    def find_start(self, workspace: WorkspaceId, since: datetime, limit: int) -> datetime:
        """Give the moment from which there are at most so many Interactions, or `since` where it is later."""
        c = self.table.c
        statement = (
            select(c.at)
            .where(c.workspace == workspace, c.at >= since, c.kind != Kind.RECOMMENDATION)
            .order_by(c.at.desc())
            .offset(limit - 1)
            .limit(1)
        )
        with self._database.reading() as connection:
            return connection.execute(statement).scalar() or since

    def count_coverage(self, workspace: WorkspaceId, since: datetime) -> CoverageCounts:
        """Count what is known of the Interactions since a moment."""
        c, o, f = self.table.c, outcomes.c, feedback.c
        turns = (c.workspace == workspace, c.at >= since, c.kind != Kind.RECOMMENDATION)
        settled = exists().where(
            o.workspace == c.workspace, o.interaction == c.id, o.status != Status.UNKNOWN
        )
        implicit = exists().where(
            f.workspace == c.workspace,
            f.interaction == c.id,
            f.source == Source.IMPLICIT,
            f.score.is_not(None),
        )
        counted = [select(func.count()).select_from(self.table).where(*turns, *more)
                   for more in ((), (settled,), (implicit,))]  # fmt: skip
        with self._database.reading() as connection:
            return CoverageCounts(*(int(connection.execute(one).scalar_one()) for one in counted))
