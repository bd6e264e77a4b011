"""Counts by day."""

from collections.abc import Sequence
from functools import cached_property
from math import isclose
from operator import add
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Connection, func, or_, select

from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.rollup import Rollup, ToolRollup
from upspiral.store.rows import Rows
from upspiral.store.tables import rollups, shared_rollups, tool_rollups

R = TypeVar("R", bound=msgspec.Struct)
MAX_SUM = 1e24
"""A sum beyond it holds a number that is not finite."""


class CountRows(Rows[R]):
    """Rows that grow by what is added to them."""

    def grow(self, rows: Sequence[R]) -> None:
        """Add to the counts of each kind; kinds that are not there yet begin with them.

        It is done when the transaction ends, each kind once and in one order, so that two that add to the
        same counts never wait for each other in a circle.
        """
        if rows:
            self._database.on_commit(self.table.name, self._grow, rows)

    def _grow(self, connection: Connection, rows: Sequence[R]) -> None:
        sums: dict[tuple[str, ...], tuple[float, ...]] = {}
        for row in rows:
            kind, counts = self._kind(row), self._counts(row)
            sums[kind] = tuple(map(add, sums[kind], counts)) if kind in sums else counts
        connection.exec_driver_sql(self._growing, [(*kind, *sums[kind]) for kind in sorted(sums)])

    @cached_property
    def _keys(self) -> list[str]:
        return [column.name for column in self.table.primary_key]

    @cached_property
    def _count_columns(self) -> list[str]:
        return [column.name for column in self.table.columns if not column.primary_key]

    @cached_property
    def _growing(self) -> str:
        """The statement that adds one row's counts, written once: it runs for every record."""
        name, mark = self.table.name, "?" if self._database.is_sqlite else "%s"
        columns = [*self._keys, *self._count_columns]
        sums = ", ".join(f'"{c}" = "{name}"."{c}" + excluded."{c}"' for c in self._count_columns)
        return (
            f'INSERT INTO "{name}" ({", ".join(columns)}) VALUES ({", ".join([mark] * len(columns))})'  # noqa: S608
            f" ON CONFLICT ({', '.join(self._keys)}) DO UPDATE SET {sums}"
        )

    def hold(self) -> None:
        """Let nobody else add to the counts until the open transaction ends; wait for whoever does.

        SQLite has one writer, so there whoever has begun a transaction holds everything.
        """
        if not self._database.is_sqlite:
            with self._database.transaction() as connection:
                connection.exec_driver_sql(f'LOCK TABLE "{self.table.name}" IN SHARE ROW EXCLUSIVE MODE')

    def first_day(self, workspace: WorkspaceId, agent: AgentId) -> str | None:
        """The oldest day on which anything of an agent was counted; None where nothing was."""
        c = self.table.c
        statement = select(func.min(c.day)).where(c.workspace == workspace, c.agent == agent)
        with self._database.reading() as connection:
            return connection.execute(statement).scalar()

    def list_broken_days(self) -> list[tuple[WorkspaceId, AgentId, str]]:
        """Workspace, agent and day of counts with a sum that is not finite, or cannot be right."""
        c = self.table.c
        beyond = or_(*(self._is_beyond(name) for name in self._count_columns))
        statement = select(c.workspace, c.agent, c.day).where(beyond).distinct()
        with self._database.reading() as connection:
            return [(WorkspaceId(w), AgentId(a), day) for w, a, day in connection.execute(statement)]

    def reset_broken(self, workspace: WorkspaceId, agent: AgentId, day: str) -> None:
        """Put 0, for unknown, in place of the sums of a day that are not finite."""
        c = self.table.c
        for name in self._count_columns:
            where = (c.workspace == workspace, c.agent == agent, c.day == day)
            self.update_where(*where, self._is_beyond(name), **{name: 0})

    def _is_beyond(self, name: str) -> ColumnElement[bool]:
        return or_(self.table.c[name] > MAX_SUM, self.table.c[name] < -MAX_SUM)

    def replace(self, workspace: WorkspaceId, agent: AgentId, day: str, rows: Sequence[R]) -> int:
        """Put these in place of an agent's counts of a day; give how many kinds were not right."""
        c = self.table.c
        where = (c.workspace == workspace, c.agent == agent, c.day == day)
        before = {self._kind(row): self._counts(row) for row in self.select(*where)}
        after = {self._kind(row): self._counts(row) for row in rows}
        kinds = before.keys() | after.keys()
        wrong = sum(not _is_same(before.get(kind), after.get(kind)) for kind in kinds)
        if wrong:
            self.remove(*where)
            self.add(*rows)
        return wrong

    def _kind(self, row: R) -> tuple[str, ...]:
        return tuple(getattr(row, name) for name in self._keys)

    def _counts(self, row: R) -> tuple[float, ...]:
        return tuple(getattr(row, name) for name in self._count_columns)

    def sums(
        self, workspace: WorkspaceId, by: str, agent: AgentId | None, since: str | None = None
    ) -> list[dict[str, Any]]:
        """Add up everything with the same value of one column, of one agent or of all."""
        c = self.table.c
        counted = [func.sum(c[name]).label(name) for name in self._count_columns]
        where = [c.workspace == workspace]
        where += [c.agent == agent] if agent else []
        where += [c.day >= since] if since else []
        statement = select(c[by].label("key"), *counted).where(*where).group_by(c[by])
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]


class Rollups(CountRows[Rollup]):
    """What happened, by day, agent, model, version and task."""

    noun, table = Rollup, rollups

    def count_days(self, workspace: WorkspaceId, agent: AgentId | None) -> dict[str, int]:
        """Count the Interactions of each day, of one agent or of all."""
        c = self.table.c
        where = [c.workspace == workspace, *([c.agent == agent] if agent else [])]
        statement = select(c.day, func.sum(c.n)).where(*where).group_by(c.day)
        with self._database.reading() as connection:
            return {str(day): int(n) for day, n in connection.execute(statement)}


class SharedRollups(CountRows[Rollup]):
    """What happened in runs of several agents, counted for each beside the one they are recorded under.

    What they consumed and cost is counted once, there.
    """

    noun, table = Rollup, shared_rollups


class ToolRollups(CountRows[ToolRollup]):
    """How tools were called, by day and agent."""

    noun, table = ToolRollup, tool_rollups


def _is_same(one: Sequence[float] | None, other: Sequence[float] | None) -> bool:
    """Say whether counts are alike; sums of fractions depend a little on the order of adding."""
    if one is None or other is None:
        return False
    return all(isclose(a, b, rel_tol=1e-6, abs_tol=1e-6) for a, b in zip(one, other, strict=True))
