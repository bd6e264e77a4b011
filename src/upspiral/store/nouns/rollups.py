"""Counts by day."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, TypeVar

import msgspec
from sqlalchemy import func, select

from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.rollup import Rollup, ToolRollup
from upspiral.store.rows import Rows
from upspiral.store.tables import rollups, tool_rollups

R = TypeVar("R", bound=msgspec.Struct)


class Counts(Rows[R]):
    """Rows that grow by what is added to them."""

    def grow(self, rows: Sequence[R]) -> None:
        """Add to the counts of each kind; kinds that are not there yet begin with them."""
        if not rows:
            return
        values = [tuple(getattr(row, name) for name in row.__struct_fields__) for row in rows]
        with self._database.transaction() as connection:
            for one in values:
                connection.exec_driver_sql(self._growing, one)

    @cached_property
    def _growing(self) -> str:
        """The statement that adds one row's counts, written once: it runs for every record."""
        name, mark = self.table.name, "?" if self._database.is_sqlite else "%s"
        columns = [column.name for column in self.table.columns]
        keys = [column.name for column in self.table.primary_key]
        sums = ", ".join(f'"{c}" = "{name}"."{c}" + excluded."{c}"' for c in columns if c not in keys)
        return (
            f'INSERT INTO "{name}" ({", ".join(columns)}) VALUES ({", ".join([mark] * len(columns))})'  # noqa: S608
            f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sums}"
        )

    def sums(
        self, workspace: WorkspaceId, by: str, agent: AgentId | None, since: str | None = None
    ) -> list[dict[str, Any]]:
        """Add up everything with the same value of one column, of one agent or of all."""
        c = self.table.c
        keys = {column.name for column in self.table.primary_key}
        counted = [
            func.sum(column).label(column.name) for column in self.table.columns if column.name not in keys
        ]
        where = [c.workspace == workspace]
        where += [c.agent == agent] if agent else []
        where += [c.day >= since] if since else []
        statement = select(c[by].label("key"), *counted).where(*where).group_by(c[by])
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(statement).mappings()]


class Rollups(Counts[Rollup]):
    """What happened, by day, agent, model, version and task."""

    noun, table = Rollup, rollups


class ToolRollups(Counts[ToolRollup]):
    """How tools were called, by day and agent."""

    noun, table = ToolRollup, tool_rollups
