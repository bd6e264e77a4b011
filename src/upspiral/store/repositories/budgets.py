"""What nights may spend, and every paid call that they made."""

from datetime import datetime

from sqlalchemy import ColumnElement, not_, select

from upspiral.domain.ids import AgentId, BudgetId, WorkspaceId
from upspiral.domain.night.budget import BY_DAY, OF_COPIES, Budget, Reservation
from upspiral.errors import NotFound
from upspiral.store.rows import Rows
from upspiral.store.tables import budgets, reservations


class Budgets(Rows[Budget]):
    """What each night may spend."""

    noun, table = Budget, budgets

    def lock(self, workspace: WorkspaceId, budget: BudgetId) -> Budget:
        """Read one within a transaction, until whose end nobody else reads it so or changes it.

        Raises:
            NotFound: There is none of that id.
        """
        c = self.table.c
        mine = select(self.table).where(c.workspace == workspace, c.id == budget)
        found = self._read(mine.with_for_update())  # on SQLite the transaction is the only one that writes
        if not found:
            raise NotFound(f"There is no budget {budget!r}.")
        return found[0]

    def drop_unused(self, workspace: WorkspaceId, budget: BudgetId) -> None:
        """Delete a closed one from which nothing was ever asked."""
        found = self.find(workspace, budget)
        if found and found.closed and not found.costs and not found.refused:
            self.remove(self.table.c.workspace == workspace, self.table.c.id == budget)

    def latest_of_nights(self, workspace: WorkspaceId, agent: AgentId) -> Budget | None:
        """Give that of the newest night of an agent that made a paid call; work by day is no night."""
        named = [self._is_named(one) for one in (OF_COPIES, BY_DAY)]
        return self._latest(workspace, agent, *(not_(one) for one in named))

    def latest_of_copies(self, workspace: WorkspaceId, agent: AgentId) -> Budget | None:
        """Give that of the newest day on which a candidate of an agent answered copies of requests."""
        return self._latest(workspace, agent, self._is_named(OF_COPIES))

    def _is_named(self, beginning: str) -> ColumnElement[bool]:
        return self.table.c.id.like(f"{beginning}\\_%", escape="\\")

    def _latest(self, workspace: WorkspaceId, agent: AgentId, *of: ColumnElement[bool]) -> Budget | None:
        c = self.table.c
        found = self._read(
            select(self.table)
            .where(c.workspace == workspace, c.agent == agent, *of)
            .order_by(c.at.desc(), c.id.desc())
            .limit(1)
        )
        return found[0] if found else None

    def list_since(
        self, workspace: WorkspaceId, since: datetime | None, agent: AgentId | None = None
    ) -> list[Budget]:
        """Give those from a moment on, oldest first; of one agent, or of all."""
        c = self.table.c
        late = [c.at >= since] if since else []
        of_agent = [c.agent == agent] if agent else []
        return self.select(c.workspace == workspace, *late, *of_agent, order=[c.at, c.id])


class Reservations(Rows[Reservation]):
    """Every paid call of the nights."""

    noun, table = Reservation, reservations

    def of(self, workspace: WorkspaceId, budget: BudgetId) -> list[Reservation]:
        """All of one budget, oldest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.budget == budget, order=[c.at, c.id])

    def forget_answers(self, workspace: WorkspaceId, budget: BudgetId | None = None) -> None:
        """Forget what was answered: in one night, or in all of a workspace."""
        c = self.table.c
        within = [c.budget == budget] if budget else []
        self.update_where(c.workspace == workspace, *within, c.answer.is_not(None), answer=None)

    def forget(self, workspace: WorkspaceId, before: datetime) -> None:
        """Delete those of past nights; what these spent stays with their budgets."""
        self.remove(self.table.c.workspace == workspace, self.table.c.at < before)
