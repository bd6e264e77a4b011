"""What was learned: patterns, rewrites, datasets, jobs."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, not_, or_, select

from upspiral.cursor import Cursor
from upspiral.domain import (
    Dataset,
    Example,
    ExampleKind,
    JobState,
    ModelVersion,
    Pattern,
    Rewrite,
    Split,
    TrainingJob,
)
from upspiral.domain.ids import AgentId, CycleId, DatasetId, InteractionId, ModelVersionId, WorkspaceId
from upspiral.domain.learning import LearningRun
from upspiral.domain.model import JOB_TRANSITIONS
from upspiral.errors import InvalidTransition
from upspiral.store.rows import Rows, split_batches
from upspiral.store.tables import (
    datasets,
    examples,
    learning_runs,
    model_versions,
    patterns,
    rewrites,
    training_jobs,
)


class Patterns(Rows[Pattern]):
    """Weaknesses and strengths."""

    noun, table = Pattern, patterns

    def latest(self, workspace: WorkspaceId, agent: AgentId, limit: int = 50) -> list[Pattern]:
        """The newest of an agent, newest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.agent == agent, order=[c.at.desc(), c.id], limit=limit)


class LearningRuns(Rows[LearningRun]):
    """Runs of the learning cycle."""

    noun, table = LearningRun, learning_runs

    def latest(self, workspace: WorkspaceId, limit: int = 1) -> list[LearningRun]:
        """The newest, newest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, order=[c.at.desc(), c.id.desc()], limit=limit)

    def page(self, workspace: WorkspaceId, after: Cursor | None, limit: int) -> list[LearningRun]:
        """A page of them, newest first."""
        return self.newest(self.table.c.workspace == workspace, after=after, limit=limit)

    def newest_id(self, workspace: WorkspaceId) -> str | None:
        """The id of the newest, without reading it."""
        c = self.table.c
        statement = select(c.id).where(c.workspace == workspace).order_by(c.at.desc(), c.id.desc()).limit(1)
        with self._database.reading() as connection:
            return connection.execute(statement).scalar()


class Rewrites(Rows[Rewrite]):
    """Questions put to teachers, and their answers."""

    noun, table = Rewrite, rewrites

    def of_cycle(self, workspace: WorkspaceId, cycle: CycleId) -> list[Rewrite]:
        """All that one night asked."""
        return self.select(self.table.c.workspace == workspace, self.table.c.cycle == cycle)

    def count_usable(self, workspace: WorkspaceId) -> tuple[int, int]:
        """Count those with an answer that can be taught, and all that were answered or failed."""
        c = self.table.c
        usable = and_(c.answer.is_not(None), c.unusable.is_(None))
        ended = or_(c.answer.is_not(None), c.error.is_not(None))
        return self.count(c.workspace == workspace, usable), self.count(c.workspace == workspace, ended)

    def forget_about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> None:
        """Delete the rewrites of Interactions."""
        self.remove_each(workspace, "interaction", ids)


class Datasets(Rows[Dataset]):
    """Immutable sets of Examples."""

    noun, table = Dataset, datasets

    def latest(self, workspace: WorkspaceId, agent: AgentId) -> Dataset | None:
        """The newest of an agent that a night built, or that holds cases to learn from."""
        c = self.table.c
        of_a_migration = and_(c.heldout > 0, c.heldout_good == c.heldout)
        learns = or_(c.cycle.is_not(None), and_(c.train > 0, not_(of_a_migration)))
        found = self.select(c.workspace == workspace, c.agent == agent, learns, order=[c.at.desc()], limit=1)
        return found[0] if found else None

    def mark_erased(self, workspace: WorkspaceId, ids: Iterable[DatasetId]) -> None:
        """Mark those that held what was erased."""
        for part in split_batches(ids):
            self.update_where(
                self.table.c.workspace == workspace, self.table.c.id.in_(part), holds_erased=True
            )


class Examples(Rows[Example]):
    """Teaching cases."""

    noun, table = Example, examples

    def of(self, workspace: WorkspaceId, dataset: DatasetId, split: Split) -> list[Example]:
        """Those of one Dataset and one split, in a fixed order."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.dataset == dataset, c.split == split, order=[c.id])

    def of_dataset(self, workspace: WorkspaceId, dataset: DatasetId) -> list[Example]:
        """Those of one Dataset, in a fixed order."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.dataset == dataset, order=[c.id])

    def about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> list[Example]:
        """Those made from Interactions."""
        c, found = self.table.c, list[Example]()
        for part in split_batches(ids):
            found += self.select(c.workspace == workspace, c.interaction.in_(part))
        return found

    def list_public(self, workspace: WorkspaceId) -> dict[str, frozenset[InteractionId]]:
        """The Interactions that each public rater alone brought into any Dataset."""
        c = self.table.c
        statement = select(c.public_rater, c.interaction).distinct()
        where = (c.workspace == workspace, c.public_rater.is_not(None))
        found: dict[str, set[InteractionId]] = defaultdict(set)
        with self._database.reading() as connection:
            for rater, interaction in connection.execute(statement.where(*where)):
                found[rater].add(interaction)
        return {rater: frozenset(those) for rater, those in found.items()}

    def forget_public(self, workspace: WorkspaceId, rater: str) -> None:
        """Forget who alone brought cases in."""
        c = self.table.c
        self.update_where(c.workspace == workspace, c.public_rater == rater, public_rater=None)

    def list_by_source(self, workspace: WorkspaceId, kind: ExampleKind, source: str) -> list[Example]:
        """Those of a kind whose answer somebody wrote."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.kind == kind, c.source == source)


class TrainingJobs(Rows[TrainingJob]):
    """Attempts to fine-tune."""

    noun, table = TrainingJob, training_jobs
    moment = "created"

    def latest(
        self, workspace: WorkspaceId, agent: AgentId | None = None, limit: int = 50
    ) -> list[TrainingJob]:
        """The newest, newest first."""
        c = self.table.c
        of_agent = [c.agent == agent] if agent else []
        return self.select(c.workspace == workspace, *of_agent, order=[c.created.desc()], limit=limit)

    def latest_loss(self, workspace: WorkspaceId, agent: AgentId) -> float | None:
        """The last loss of an agent's newest job that has one."""
        c = self.table.c
        where = (c.workspace == workspace, c.agent == agent, c.loss.is_not(None))
        found = self.select(*where, order=[c.created.desc()], limit=1)
        return found[0].loss if found else None

    def move(
        self, job: TrainingJob, to: JobState, *, finished: datetime | None = None, **values: Any
    ) -> TrainingJob:
        """Bring a job from the state it is in to another.

        Raises:
            InvalidTransition: The job has moved on since it was read, or there is no such way.
        """
        c = self.table.c
        moved = to in JOB_TRANSITIONS[job.state] and self.update_where(
            c.workspace == job.workspace,
            c.id == job.id,
            c.state == job.state,
            state=to,
            finished=finished,
            **values,
        )
        if not moved:
            raise InvalidTransition(f"Job {job.id} is {job.state} and cannot become {to}.")
        return self.get(job.workspace, job.id)


class ModelVersions(Rows[ModelVersion]):
    """Things that can answer."""

    noun, table = ModelVersion, model_versions

    def mark_erased(self, workspace: WorkspaceId, ids: Iterable[ModelVersionId]) -> None:
        """Mark those that learned from what was erased."""
        for part in split_batches(ids):
            self.update_where(
                self.table.c.workspace == workspace, self.table.c.id.in_(part), holds_erased=True
            )

    def get_named(self, workspace: WorkspaceId, name: str) -> ModelVersion | None:
        """The one of that name."""
        found = self.select(self.table.c.workspace == workspace, self.table.c.name == name, limit=1)
        return found[0] if found else None

    def list_defined(self, workspace: WorkspaceId) -> list[ModelVersion]:
        """Those that people defined, not those that were trained; the newest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.adapter.is_(None), order=[c.at.desc(), c.id])

    def move_folder(self, before: str, now: str) -> None:
        """Let adapters and bases in one folder be found in another, in every workspace."""
        for name in ("adapter", "base"):
            column, inside = self.table.c[name], f"{before.rstrip('/')}/"
            found = self.select(column.startswith(inside, autoescape=True))
            for one in found:
                moved = f"{now.rstrip('/')}/{getattr(one, name).removeprefix(inside)}"
                mine = (self.table.c.workspace == one.workspace, self.table.c.id == one.id)
                self.update_where(*mine, **{name: moved})

    def has_url(self, workspace: WorkspaceId, url: str) -> bool:
        """Say whether one of them answers there."""
        return self.count(self.table.c.workspace == workspace, self.table.c.url == url) > 0
