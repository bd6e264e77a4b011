"""What was said about Interactions, also before they came."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from upspiral.cursor import Cursor
from upspiral.domain import Feedback, PendingFeedback, Source
from upspiral.domain.feedback import SIGNAL_RATERS
from upspiral.domain.ids import InteractionId, WorkspaceId
from upspiral.store.repositories.interactions import NAMES
from upspiral.store.rows import Rows, split_batches
from upspiral.store.tables import early_feedback, feedback, interactions

PROGRAMS = (Source.VERIFIER, Source.JUDGE)
"""Sources whose raters are named by whoever set them up; nobody of that name said it."""


class Feedbacks(Rows[Feedback]):
    """Every signal that came in."""

    noun, table = Feedback, feedback

    def page(
        self, workspace: WorkspaceId, interaction: str | None, after: Cursor | None, limit: int
    ) -> list[Feedback]:
        """A page of signals, newest first: about one Interaction, or all."""
        c = self.table.c
        about = [c.interaction == interaction] if interaction else []
        return self.newest(c.workspace == workspace, *about, after=after, limit=limit)

    def about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> list[Feedback]:
        """All signals about the given Interactions, oldest first."""
        c = self.table.c
        found: list[Feedback] = []
        for part in split_batches(ids):
            found += self.select(c.workspace == workspace, c.interaction.in_(part))
        # SQLite would take the index of moments for an ORDER BY, and read every signal of the workspace
        return sorted(found, key=lambda signal: (signal.at, signal.id))

    def group_about(
        self, workspace: WorkspaceId, ids: Iterable[InteractionId]
    ) -> defaultdict[InteractionId, list[Feedback]]:
        """The same by Interaction; an empty list for one that nobody said anything about."""
        found: defaultdict[InteractionId, list[Feedback]] = defaultdict(list)
        for signal in self.about(workspace, ids):
            found[signal.interaction].append(signal)
        return found

    def first_public(self, workspace: WorkspaceId) -> dict[str, datetime]:
        """When each public rater said something first."""
        c = self.table.c
        statement = select(c.rater, func.min(c.at).label("first")).where(c.workspace == workspace, c.public)
        with self._database.reading() as connection:
            rows = connection.execute(statement.group_by(c.rater))
            return {row.rater: row.first for row in rows}

    def list_said_by(self, workspace: WorkspaceId, rater: str) -> list[Feedback]:
        """All signals that a person gave, about whosever Interactions."""
        c = self.table.c
        by_person = c.source.not_in(PROGRAMS), c.rater.not_in(SIGNAL_RATERS)
        return self.select(c.workspace == workspace, c.rater == rater, *by_person)

    def forget_about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> int:
        """Delete the signals about Interactions; give how many there were."""
        return self.remove_each(workspace, "interaction", ids)


class EarlyFeedbacks(Rows[PendingFeedback]):
    """Signals whose Interaction has not come yet."""

    noun, table = PendingFeedback, early_feedback

    def list_arrived(self, limit: int) -> list[PendingFeedback]:
        """Those whose Interaction has come since, of every workspace, oldest first."""
        c = self.table.c
        there = [
            and_(c.by == by, or_(*(self._exists(name) for name in names))) for by, names in NAMES.items()
        ]
        return self.select(or_(*there), order=[c.at, c.id], limit=limit)

    def _exists(self, name: str) -> ColumnElement[bool]:
        c, i = self.table.c, interactions.c
        apart = [i.trace != i.conversation] if name == "trace" else []  # as its index
        return exists().where(i.workspace == c.workspace, i[name] == c.key, *apart)

    def drop(self, workspace: WorkspaceId, ids: Iterable[str]) -> None:
        """Forget those that were joined."""
        self.remove_each(workspace, "id", ids)

    def forget_named(self, workspace: WorkspaceId, names: Iterable[str]) -> None:
        """Delete those that name one of the ids."""
        self.remove_each(workspace, "key", names)

    def forget_said_by(self, workspace: WorkspaceId, rater: str) -> None:
        """Delete those that a person gave."""
        signal, here = self.table.c.signal, self.table.c.workspace == workspace
        source, name = signal["source"].as_string(), signal["rater"].as_string()
        self.remove(here, name == rater, name.not_in(SIGNAL_RATERS), source.not_in(PROGRAMS))

    def forget(self, workspace: WorkspaceId, before: datetime) -> None:
        """Delete those that came before a moment."""
        self.remove(self.table.c.workspace == workspace, self.table.c.at < before)
