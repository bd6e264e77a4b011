"""What happened: Interactions, and the spans they were read from."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, bindparam, case, exists, func, or_, select

from upspiral.cursor import Cursor
from upspiral.domain import FeedbackTarget, Interaction, Kind, Status, ToolCall, Usage
from upspiral.domain.ids import AgentId, AgentVersionId, DeploymentId, InteractionId, WorkspaceId
from upspiral.domain.learning import Recommended
from upspiral.domain.span import Span
from upspiral.store.rows import Rows, is_behind, split_batches
from upspiral.store.tables import KINDS, RECOMMENDATION, interactions, outcomes, spans

NAMES = {
    FeedbackTarget.INTERACTION: ("id", "client_id"),
    FeedbackTarget.TRACE: ("trace", "conversation"),  # most traces are a conversation of their own
    FeedbackTarget.CONVERSATION: ("conversation",),
    FeedbackTarget.CLIENT_ID: ("client_id",),
}
"""The columns in which each kind of name is looked for, in turn."""


TEXT_COLUMNS: dict[str, Any] = {
    "messages": (),
    "options": None,
    "answer": "",
    "answer_parts": (),
    "tool_calls": (),
}
"""The long columns, and what stands in for them where they are not read."""


class InteractionFilter(Struct, frozen=True):
    """Which Interactions are asked for."""

    named: dict[str, str | None] = {}
    """Columns with the value each must have; None for any."""
    status: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class Names(Struct, frozen=True):
    """The ids of an Interaction: all that must be known of it to forget it."""

    id: InteractionId
    client_id: str | None
    conversation: str
    trace: str | None


class Interactions(Rows[Interaction]):
    """Every request that was answered."""

    noun, table = Interaction, interactions

    def stream_recommendations(
        self, workspace: WorkspaceId, *, since: datetime, before: datetime, at_once: int = 10_000
    ) -> Iterator[list[Recommended]]:
        """Recommendations from a moment to before another, and how they turned out; in batches."""
        c = self.table.c
        statement = self._select_recommendations().where(c.at >= since, c.at < before).order_by(c.at)
        yield from self._stream(statement.where(c.workspace == workspace), at_once)

    def get_recommendations(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> list[Recommended]:
        """Those of the given Interactions that are recommendations, and how they turned out."""
        c, found = self.table.c, list[Recommended]()
        with self._database.reading() as connection:
            for part in split_batches(ids):
                statement = self._select_recommendations().where(c.workspace == workspace, c.id.in_(part))
                found += [Recommended(*row) for row in connection.execute(statement)]
        return found

    def count_recommendations(
        self, workspace: WorkspaceId, spans: Iterable[tuple[datetime, datetime]]
    ) -> list[int]:
        """How many recommendations there are in each span, from its first moment to before its last."""
        c = self.table.c
        first, last = (bindparam(name, type_=c.at.type) for name in ("first", "last"))
        where = (c.workspace == workspace, RECOMMENDATION, c.at >= first, c.at < last)
        statement = select(func.count()).select_from(self.table).where(*where)
        with self._database.reading() as connection:
            return [connection.execute(statement, {"first": a, "last": b}).scalar_one() for a, b in spans]

    def _select_recommendations(self) -> Select[Any]:
        c, o = self.table.c, outcomes.c
        same = and_(o.workspace == c.workspace, o.interaction == c.id)
        asked = (c.id, c.agent, c.at, c.answer, c.conversation, c.trace, c.metadata)
        return (
            select(*asked, o.status, o.at, o.settled)
            .select_from(self.table.outerjoin(outcomes, same))
            .where(RECOMMENDATION)
        )

    def _stream(self, statement: Select[Any], at_once: int) -> Iterator[list[Recommended]]:
        with self._database.reading() as connection:
            rows = connection.execute(statement.execution_options(stream_results=True))
            for part in rows.partitions(at_once):
                yield [Recommended(*row) for row in part]

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

    def headers(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> list[Interaction]:
        """The given ones that exist, without what was said in them."""
        c, found = self.table.c, list[Interaction]()
        for part in split_batches(ids):
            found += self._select_headers(c.workspace == workspace, c.id.in_(part))
        return found

    def latest_headers(self, workspace: WorkspaceId, agent: AgentId, limit: int) -> list[Interaction]:
        """The newest of an agent, newest first, without what was said in them."""
        c = self.table.c
        where = (c.workspace == workspace, c.agent == agent)
        return self._select_headers(*where, order=[c.at.desc(), c.id.desc()], limit=limit)

    def _select_headers(
        self, *where: ColumnElement[bool], order: Sequence[Any] = (), limit: int | None = None
    ) -> list[Interaction]:
        columns = [column for column in self.table.columns if column.name not in TEXT_COLUMNS]
        return self._read(select(*columns).where(*where).order_by(*order), limit=limit, more=TEXT_COLUMNS)

    def list_failed_calls(
        self, workspace: WorkspaceId, agent: AgentId | None, limit: int
    ) -> list[tuple[InteractionId, str | None, tuple[ToolCall, ...]]]:
        """Id, error and tool calls of the newest failures, newest first: what a reason can be read from."""
        c, o = self.table.c, outcomes.c
        same = and_(c.workspace == workspace, o.interaction == c.id)
        of_agent = [o.agent == agent] if agent else []
        statement = (
            select(c.id, c.error, c.tool_calls)
            .join(outcomes, same)
            .where(o.workspace == workspace, o.status == Status.FAILURE, *of_agent)
            .order_by(o.interaction_at.desc(), o.interaction.desc())
            .limit(limit)
        )
        with self._database.reading() as connection:
            rows = connection.execute(statement).all()
        found = []
        for ident, error, calls in rows:
            with suppress(msgspec.ValidationError):  # told where the whole row is read
                found.append((InteractionId(ident), error, msgspec.convert(calls, tuple[ToolCall, ...])))
        return found

    def of_version(self, workspace: WorkspaceId, version: AgentVersionId) -> list[Interaction]:
        """All that one version answered, oldest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.version == version, order=[c.at, c.id])

    def lock(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> None:
        """Let nobody else fold or forget them until the open transaction ends; wait for whoever does.

        SQLite has one writer, so there whoever has begun a transaction holds everything.
        """
        if self._database.is_sqlite:
            return
        c = self.table.c
        for part in split_batches(sorted(ids)):
            statement = select(c.id).where(c.workspace == workspace, c.id.in_(part))
            ordered = statement.order_by(c.id.collate("C")).with_for_update(key_share=True)
            with self._database.transaction() as connection:
                connection.execute(ordered).all()

    def newest_at(self) -> datetime | None:
        """When the newest of all workspaces was recorded; None where there is none."""
        with self._database.reading() as connection:
            return connection.execute(select(func.max(self.table.c.at))).scalar()

    def first_seen(self, workspace: WorkspaceId, agent: AgentId, since: datetime) -> datetime | None:
        """When an agent first answered at a moment or after; None where it did not."""
        c = self.table.c
        where = (c.workspace == workspace, c.agent == agent, c.at >= since)
        with self._database.reading() as connection:
            return connection.execute(select(c.at).where(*where).order_by(c.at).limit(1)).scalar()

    def headers_after(
        self, workspace: WorkspaceId, agent: AgentId, mark: Cursor, *, until: datetime, limit: int
    ) -> list[Interaction]:
        """An agent's after a mark and before a moment, oldest first, without what was asked and answered."""
        c, texts = self.table.c, {name: value for name, value in TEXT_COLUMNS.items() if name != "tool_calls"}
        names = [name for name in self.noun.__struct_fields__ if name not in texts]
        later = or_(c.at > mark.at, and_(c.at == mark.at, c.id > mark.id))
        where = (c.workspace == workspace, c.agent == agent, c.at >= mark.at, c.at < until, later)
        statement = select(*(c[name] for name in names)).where(*where).order_by(c.at, c.id)
        return self._read(statement, limit=limit, more=texts)

    def resolve(
        self, workspace: WorkspaceId, by: FeedbackTarget, keys: Iterable[str]
    ) -> dict[str, Interaction]:
        """The Interaction that each key names; of several, such as a conversation's turns, the newest."""
        c, found = self.table.c, dict[str, Interaction]()
        for name in NAMES[by]:
            for part in split_batches(key for key in dict.fromkeys(keys) if key not in found):
                apart = [c.trace != c.conversation] if name == "trace" else []  # as its index
                rows = self.select(c.workspace == workspace, c[name].in_(part), *apart, order=[c.at, c.id])
                found |= {getattr(row, name): row for row in rows}
        return found

    def page(
        self, workspace: WorkspaceId, wanted: InteractionFilter, after: Cursor | None, limit: int
    ) -> list[Interaction]:
        """A page of those that are wanted, newest first."""
        c = self.table.c
        plain = [name for name, value in wanted.named.items() if value and name not in ("trace", "kind")]
        where = [c.workspace == workspace, *(c[name] == wanted.named[name] for name in plain)]
        if kind := wanted.named.get("kind"):
            where.append(KINDS[Kind(kind)])
        if trace := wanted.named.get("trace"):
            apart = and_(c.trace == trace, c.trace != c.conversation)
            where.append(or_(apart, and_(c.conversation == trace, c.trace == trace)))
        if wanted.since:
            where.append(c.at >= wanted.since)
        if wanted.until:
            where.append(c.at < wanted.until)
        if not wanted.status:
            return self.newest(*where, after=after, limit=limit)
        o = outcomes.c
        same = and_(o.workspace == c.workspace, o.interaction == c.id)
        settled = exists().where(same, o.status == wanted.status)
        if wanted.status == Status.UNKNOWN:
            return self.newest(*where, or_(settled, ~exists().where(same)), after=after, limit=limit)
        if wanted.named.get("model"):
            return self.newest(*where, settled, after=after, limit=limit)
        # however rare the verdict is among all answers, only those that have it are read
        of_agent = [o.agent == agent] if (agent := wanted.named.get("agent")) else []
        with_verdict = (o.workspace == workspace, o.status == wanted.status, *of_agent)
        behind = is_behind(o.interaction_at, o.interaction, after)
        order = (o.interaction_at.desc(), o.interaction.desc())
        statement = select(self.table).join(outcomes, same).where(*where, *with_verdict, *behind)
        return self._read(statement.order_by(*order), limit=limit)

    def names_before(self, workspace: WorkspaceId, moment: datetime, limit: int) -> list[Names]:
        """The names of the oldest before a moment, whether they can be read or not."""
        c = self.table.c
        return self._names(c.workspace == workspace, c.at < moment, order=[c.at], limit=limit)

    def names_of(self, workspace: WorkspaceId, column: str, value: str) -> list[Names]:
        """The names of those with a value in a column, whether they can be read or not."""
        return self._names(self.table.c.workspace == workspace, self.table.c[column] == value)

    def _names(
        self, *where: ColumnElement[bool], order: Sequence[Any] = (), limit: int | None = None
    ) -> list[Names]:
        columns = [self.table.c[name] for name in Names.__struct_fields__]
        statement = select(*columns).where(*where).order_by(*order).limit(limit)
        with self._database.reading() as connection:
            return [Names(*row) for row in connection.execute(statement)]

    def forget_ids(self, workspace: WorkspaceId, ids: Iterable[InteractionId]) -> None:
        """Delete them."""
        self.remove_each(workspace, "id", ids)

    def traces_left(self, workspace: WorkspaceId, traces: Iterable[str]) -> set[str]:
        """Those of the traces that still have an Interaction."""
        c, found = self.table.c, set[str]()
        for part in split_batches(traces):
            apart = select(c.trace).where(
                c.workspace == workspace, c.trace.in_(part), c.trace != c.conversation
            )
            alike = select(c.conversation).where(c.workspace == workspace, c.conversation.in_(part))
            with self._database.reading() as connection:  # two questions, as there are two indexes
                for statement in (apart, alike):
                    found |= set(connection.execute(statement.distinct()).scalars())
        return found

    def conversations_by_prefix(self, workspace: WorkspaceId, hashes: Iterable[str]) -> dict[str, str]:
        """The conversation that each hash of a beginning belongs to.

        Of several that began alike, one that nobody has gone on with, and of these the newest.
        """
        c, later, found = self.table.c, self.table.alias(), dict[str, str]()
        same = and_(later.c.workspace == c.workspace, later.c.conversation == c.conversation)
        gone_on = exists().where(same, later.c.at > c.at)
        for part in split_batches(hashes):
            statement = (
                select(c.prefix_hash, c.conversation)
                .where(c.workspace == workspace, c.prefix_hash.in_(part))
                .order_by(case((gone_on, 0), else_=1), c.at, c.id)
            )
            with self._database.reading() as connection:
                found |= {row[0]: row[1] for row in connection.execute(statement)}
        return found

    def latest_of_user(
        self, workspace: WorkspaceId, end_user: str, since: datetime, limit: int
    ) -> list[Interaction]:
        """The newest of a user since a moment, newest first."""
        c = self.table.c
        where = (c.workspace == workspace, c.end_user == end_user, c.at >= since)
        return self.select(*where, order=[c.at.desc(), c.id.desc()], limit=limit)

    def of_traces(self, workspace: WorkspaceId, traces: Iterable[str]) -> list[Interaction]:
        """All of some traces, oldest first."""
        c, found = self.table.c, dict[InteractionId, Interaction]()
        for part in split_batches(traces):
            apart = and_(c.trace.in_(part), c.trace != c.conversation)
            alike = and_(c.conversation.in_(part), c.trace == c.conversation)
            for where in (apart, alike):  # two questions, as there are two indexes
                rows = self.select(c.workspace == workspace, where, order=[c.at, c.id])
                found |= {row.id: row for row in rows}
        return list(found.values())

    def set_usage(self, workspace: WorkspaceId, ident: InteractionId, usage: Usage) -> None:
        """Write what one consumed again."""
        c = self.table.c
        self.update_where(c.workspace == workspace, c.id == ident, usage=usage)

    def set_tool_calls(self, workspace: WorkspaceId, ident: InteractionId, calls: Sequence[ToolCall]) -> None:
        """Write the tool calls of one again."""
        c = self.table.c
        self.update_where(c.workspace == workspace, c.id == ident, tool_calls=tuple(calls))

    def recommends(self, workspace: WorkspaceId) -> bool:
        """Whether anybody ever recommended anything."""
        return bool(self.select(self.table.c.workspace == workspace, RECOMMENDATION, limit=1))

    def recommendations_by_status(
        self, workspace: WorkspaceId, agent: AgentId | None = None
    ) -> dict[str, int]:
        """How many recommendations stand at each status, of one agent or of all."""
        c, o = self.table.c, outcomes.c
        status = func.coalesce(o.status, str(Status.UNKNOWN))
        same = and_(o.workspace == c.workspace, o.interaction == c.id)
        statement = (
            select(status, func.count())
            .select_from(self.table.outerjoin(outcomes, same))
            .where(c.workspace == workspace, RECOMMENDATION, *([c.agent == agent] if agent else []))
            .group_by(status)
        )
        with self._database.reading() as connection:
            return {str(name): int(n) for name, n in connection.execute(statement)}

    def recommendations_settled(self, workspace: WorkspaceId, since: datetime, limit: int) -> int:
        """How many recommendations settled, or were judged again, after a moment; at most so many."""
        c, o = self.table.c, outcomes.c
        same = and_(c.workspace == o.workspace, c.id == o.interaction)
        found = (
            select(o.interaction)
            .select_from(outcomes.join(self.table, same))
            .where(o.workspace == workspace, o.at > since, o.status != Status.UNKNOWN, RECOMMENDATION)
            .limit(limit)
        )
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(found.subquery())).scalar_one())

    def agents(self, workspace: WorkspaceId) -> list[AgentId]:
        """The names of all agents that ever answered."""
        c, found = self.table.c, list[AgentId]()
        with self._database.reading() as connection:
            while True:  # from name to name in their index, not from row to row
                later = [c.agent > found[-1]] if found else []
                statement = select(func.min(c.agent)).where(c.workspace == workspace, *later)
                name = connection.execute(statement).scalar()
                if name is None:
                    return sorted(found)
                found.append(AgentId(name))


class Spans(Rows[Span]):
    """The steps around the calls of models."""

    noun, table = Span, spans

    def of_trace(self, workspace: WorkspaceId, trace: str) -> list[Span]:
        """All steps of a trace, oldest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.trace == trace, order=[c.at, c.id])

    def latest(self, workspace: WorkspaceId, limit: int) -> list[Span]:
        """The newest, newest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, order=[c.at.desc(), c.id.desc()], limit=limit)

    def forget_traces(self, workspace: WorkspaceId, traces: Iterable[str]) -> None:
        """Delete the steps of traces."""
        self.remove_each(workspace, "trace", traces)

    def forget(self, workspace: WorkspaceId, before: datetime) -> None:
        """Delete the steps before a moment."""
        self.remove(self.table.c.workspace == workspace, self.table.c.at < before)
