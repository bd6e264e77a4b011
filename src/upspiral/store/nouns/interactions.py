"""What happened, and how it went."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from upspiral.domain import About, EarlyFeedback, Feedback, Interaction, Outcome, Status
from upspiral.domain.ids import AgentId, AgentVersionId, DeploymentId, InteractionId, WorkspaceId
from upspiral.domain.span import Span
from upspiral.store.rows import Mark, Rows, batched
from upspiral.store.tables import RECOMMENDATION, early_feedback, feedback, interactions, outcomes, spans

NAMES = {
    About.INTERACTION: ("id", "client_id"),
    About.TRACE: ("trace", "conversation"),  # most traces are a conversation of their own
    About.CONVERSATION: ("conversation",),
    About.CLIENT_ID: ("client_id",),
}
"""The columns in which each kind of name is looked for, in turn."""


class Wanted(Struct, frozen=True):
    """Which Interactions are asked for."""

    named: dict[str, str | None] = {}
    """Columns with the value each must have; None for any."""
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None


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

    def recommended(
        self, workspace: WorkspaceId, *, since: datetime, until: datetime, limit: int
    ) -> list[Interaction]:
        """Recommendations after `since` up to `until`: the newest so many, oldest first."""
        c = self.table.c
        where = (c.workspace == workspace, RECOMMENDATION, c.at > since, c.at <= until)
        return self.select(*where, order=[c.at.desc(), c.id.desc()], limit=limit)[::-1]

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

    def existing(self, given: Sequence[Interaction]) -> set[str]:
        """Which of them are there already."""
        found: set[str] = set()
        mark = "?" if self._database.is_sqlite else "%s"
        for workspace in sorted({one.workspace for one in given}):
            for part in batched(one.id for one in given if one.workspace == workspace):
                marks = ",".join([mark] * len(part))
                asked = f"SELECT id FROM interactions WHERE workspace = {mark} AND id IN ({marks})"  # noqa: S608
                with self._database.reading() as connection:
                    found |= set(connection.exec_driver_sql(asked, (workspace, *part)).scalars())
        return found

    def named(self, workspace: WorkspaceId, by: About, keys: Iterable[str]) -> dict[str, Interaction]:
        """The Interaction that each key names; of several, such as a conversation's turns, the newest."""
        c, found = self.table.c, dict[str, Interaction]()
        for name in NAMES[by]:
            for part in batched(key for key in dict.fromkeys(keys) if key not in found):
                apart = [c.trace != c.conversation] if name == "trace" else []  # as its index
                rows = self.select(c.workspace == workspace, c[name].in_(part), *apart, order=[c.at, c.id])
                found |= {getattr(row, name): row for row in rows}
        return found

    def page(
        self, workspace: WorkspaceId, wanted: Wanted, after: Mark | None, limit: int
    ) -> list[Interaction]:
        """A page of those that are wanted, newest first."""
        c = self.table.c
        where = [c[name] == value for name, value in wanted.named.items() if value and name != "trace"]
        if trace := wanted.named.get("trace"):
            apart = and_(c.trace == trace, c.trace != c.conversation)
            where.append(or_(apart, and_(c.conversation == trace, c.trace == trace)))
        if wanted.since:
            where.append(c.at >= wanted.since)
        if wanted.until:
            where.append(c.at < wanted.until)
        if wanted.status:
            o = outcomes.c
            same = (o.workspace == c.workspace) & (o.interaction == c.id)
            settled = exists().where(same, o.status == wanted.status)
            unknown = wanted.status == Status.UNKNOWN
            where.append(or_(settled, ~exists().where(same)) if unknown else settled)
        return self.newest(c.workspace == workspace, *where, after=after, limit=limit)

    def before(self, workspace: WorkspaceId, moment: datetime, limit: int) -> list[Interaction]:
        """The oldest before a moment."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.at < moment, order=[c.at], limit=limit)

    def forget_ids(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> None:
        """Delete them."""
        self.remove_each(workspace, "id", ids)

    def traces_left(self, workspace: WorkspaceId, traces: Iterable[str]) -> set[str]:
        """Those of the traces that still have an Interaction."""
        return set(self.named(workspace, About.TRACE, traces))

    def recommends(self, workspace: WorkspaceId) -> bool:
        """Whether anybody ever recommended anything."""
        return bool(self.select(self.table.c.workspace == workspace, RECOMMENDATION, limit=1))

    def recommendations_by_status(self, workspace: WorkspaceId) -> dict[str, int]:
        """How many recommendations stand at each status."""
        c, o = self.table.c, outcomes.c
        status = func.coalesce(o.status, str(Status.UNKNOWN))
        same = and_(o.workspace == c.workspace, o.interaction == c.id)
        statement = (
            select(status, func.count())
            .select_from(self.table.outerjoin(outcomes, same))
            .where(c.workspace == workspace, RECOMMENDATION)
            .group_by(status)
        )
        with self._database.reading() as connection:
            return {str(name): int(n) for name, n in connection.execute(statement)}

    def agents(self, workspace: WorkspaceId) -> list[AgentId]:
        """The names of all agents that ever answered."""
        statement = select(self.table.c.agent).where(self.table.c.workspace == workspace).distinct()
        with self._database.reading() as connection:
            return sorted(AgentId(name) for name in connection.execute(statement).scalars())


class Feedbacks(Rows[Feedback]):
    """Every signal that came in."""

    noun, table = Feedback, feedback

    def page(
        self, workspace: WorkspaceId, interaction: str | None, after: Mark | None, limit: int
    ) -> list[Feedback]:
        """A page of signals, newest first: about one Interaction, or all."""
        c = self.table.c
        about = [c.interaction == interaction] if interaction else []
        return self.newest(c.workspace == workspace, *about, after=after, limit=limit)

    def about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> list[Feedback]:
        """All signals about the given Interactions, oldest first."""
        c = self.table.c
        found: list[Feedback] = []
        for part in batched(ids):
            found += self.select(c.workspace == workspace, c.interaction.in_(part), order=[c.at, c.id])
        return found

    def forget_about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> None:
        """Delete the signals about Interactions."""
        self.remove_each(workspace, "interaction", ids)


class EarlyFeedbacks(Rows[EarlyFeedback]):
    """Signals whose Interaction has not come yet."""

    noun, table = EarlyFeedback, early_feedback

    def arrived(self, limit: int) -> list[EarlyFeedback]:
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

    def forget(self, workspace: WorkspaceId, before: datetime) -> None:
        """Delete those that came before a moment."""
        self.remove(self.table.c.workspace == workspace, self.table.c.at < before)


class Spans(Rows[Span]):
    """The steps around the calls of models."""

    noun, table = Span, spans

    def of_trace(self, workspace: WorkspaceId, trace: str) -> list[Span]:
        """All steps of a trace, oldest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.trace == trace, order=[c.at, c.id])

    def forget_traces(self, workspace: WorkspaceId, traces: Iterable[str]) -> None:
        """Delete the steps of traces."""
        self.remove_each(workspace, "trace", traces)

    def forget(self, workspace: WorkspaceId, before: datetime) -> None:
        """Delete the steps before a moment."""
        self.remove(self.table.c.workspace == workspace, self.table.c.at < before)


class Outcomes(Rows[Outcome]):
    """The settled verdict of each Interaction that has a signal."""

    noun, table = Outcome, outcomes

    def of(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> dict[InteractionId, Outcome]:
        """The Outcomes of the given Interactions, by Interaction."""
        return {outcome.interaction: outcome for outcome in self.many(workspace, ids)}

    def forget_about(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> None:
        """Delete the Outcomes of Interactions."""
        self.remove_each(workspace, "interaction", ids)

    def settled_since(self, workspace: WorkspaceId, moment: datetime, limit: int) -> list[Outcome]:
        """Those folded at a moment or after, and settled; oldest first."""
        c = self.table.c
        where = (c.workspace == workspace, c.at >= moment, c.status != Status.UNKNOWN)
        return self.select(*where, order=[c.at, c.interaction], limit=limit)

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
