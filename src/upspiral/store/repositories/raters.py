"""How much does each rater count, what did all of them say, and what came of it?"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, case, or_, select

from upspiral.cursor import Cursor
from upspiral.domain import Judgement, RaterWeight, Source, VoteWeight, to_rater_key
from upspiral.domain.feedback import SIGNAL_RATERS
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.store.rows import Rows, split_batches
from upspiral.store.tables import feedback, interactions, outcomes, rater_weights


class RaterWeights(Rows[RaterWeight]):
    """What is known of each rater."""

    noun, table = RaterWeight, rater_weights

    def weights(self, workspace: WorkspaceId, raters: Iterable[str]) -> dict[str, VoteWeight]:
        """The weights of those of the raters that do not simply count 1, and of implicit ones."""
        c, found = self.table.c, dict[str, VoteWeight]()
        implicit = [to_rater_key(Source.IMPLICIT, name) for name in SIGNAL_RATERS]
        for part in split_batches(RaterWeight.id_of(rater) for rater in raters):
            statement = select(c.voice, c.weight_good, c.weight_bad).where(
                c.workspace == workspace,
                c.id.in_(part),
                or_(c.weight_good != 1, c.weight_bad != 1, c.voice.in_(implicit)),
            )
            with self._database.reading() as connection:
                rows = connection.execute(statement)
                found |= {str(rater): VoteWeight(float(good), float(bad)) for rater, good, bad in rows}
        return found

    def page(
        self,
        workspace: WorkspaceId,
        after: Cursor | None,
        limit: int,
        *,
        raters: Sequence[str] = (),
        below: float | None = None,
    ) -> list[RaterWeight]:
        """A page of raters, the latest changed first: all, or those of some raters or below a weight."""
        c = self.table.c
        where = [c.workspace == workspace]
        where += [c.voice.in_(raters)] if raters else []
        where += [] if below is None else [c.weight < below]
        return self.newest(*where, after=after, limit=limit)

    def about(self, workspace: WorkspaceId, raters: Iterable[str]) -> dict[str, RaterWeight]:
        """What is known of some raters, by their keys."""
        ids = [RaterWeight.id_of(rater) for rater in raters]
        return {row.voice: row for row in self.many(workspace, ids)}

    def words(self, workspace: WorkspaceId, since: datetime) -> list[Judgement]:
        """All feedback since a moment, oldest first, in the few columns that judge."""
        c, i = feedback.c, interactions.c
        mere = and_(c.score.is_(None), c.correction.is_not(None))
        statement = (
            select(
                *(c.interaction, i.agent, c.source, c.rater, c.score, c.label),
                *(case((mere, c.correction)), case((mere, i.answer), else_=""), i.error),
            )
            .join_from(feedback, interactions, and_(i.workspace == c.workspace, i.id == c.interaction))
            .where(c.workspace == workspace, c.at >= since)
            .order_by(c.at, c.id)
        )
        with self._database.reading() as connection:
            rows = connection.execute(statement)
            return [Judgement(ident, agent, Source(source), *rest) for ident, agent, source, *rest in rows]

    def verdicts(
        self, workspace: WorkspaceId, ids: Iterable[InteractionId]
    ) -> dict[InteractionId, tuple[float | None, str]]:
        """The score and the reason of each Outcome, and nothing else of it."""
        c, found = outcomes.c, dict[InteractionId, tuple[float | None, str]]()
        for part in split_batches(ids):
            statement = select(c.interaction, c.score, c.reason)
            where = (c.workspace == workspace, c.interaction.in_(part))
            with self._database.reading() as connection:
                found |= {i: (score, why) for i, score, why in connection.execute(statement.where(*where))}
        return found

    def forget_ids(self, workspace: WorkspaceId, ids: Iterable[str]) -> None:
        """Delete what is known of some."""
        self.remove_each(workspace, "id", ids)
