"""What the nights did: reports, decisions, cycles and their events; and what else recurs."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from upspiral.domain import Cycle, CycleEvent, EvalReport, Executor, GateDecision, Split
from upspiral.domain.evaluation import Slice
from upspiral.domain.ids import AgentId, AgentVersionId, CycleId, DatasetId, WorkspaceId
from upspiral.domain.learning.approval import Approval, ApprovalState
from upspiral.domain.learning.lever import LeverTrial
from upspiral.domain.schedule import SKEW, OwnRhythm, Schedule
from upspiral.errors import Conflict
from upspiral.store.rows import Rows
from upspiral.store.tables import (
    approvals,
    cycle_events,
    cycles,
    eval_reports,
    executors,
    gate_decisions,
    lever_trials,
    own_rhythms,
    schedules,
)


class EvalReports(Rows[EvalReport]):
    """Paired comparisons."""

    noun, table = EvalReport, eval_reports

    def of_dataset(self, workspace: WorkspaceId, dataset: DatasetId) -> list[EvalReport]:
        """All comparisons on one Dataset."""
        return self.select(self.table.c.workspace == workspace, self.table.c.dataset == dataset)

    def of(self, workspace: WorkspaceId, agent: AgentId, limit: int = 20) -> list[EvalReport]:
        """The newest of one agent, newest first."""
        c = self.table.c
        where = (c.workspace == workspace, c.agent == agent)
        return self.select(*where, order=[c.at.desc(), c.id.desc()], limit=limit)

    def latest_overall(self, workspace: WorkspaceId, agent: AgentId) -> Slice | None:
        """The overall comparison of an agent's newest candidate with its incumbent, without the pairs."""
        c = self.table.c
        statement = (
            select(c.overall)
            .where(c.workspace == workspace, c.agent == agent, c.split == Split.HELDOUT)
            .order_by(c.at.desc(), c.id.desc())
            .limit(1)
        )
        with self._database.reading() as connection:
            found = connection.execute(statement).scalar()
        return msgspec.convert(found, Slice) if found else None


class GateDecisions(Rows[GateDecision]):
    """What the gate said, in order: the ledger of spent alpha."""

    noun, table = GateDecision, gate_decisions

    def of(self, workspace: WorkspaceId, agent: AgentId) -> list[GateDecision]:
        """All of one agent, oldest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.agent == agent, order=[c.at, c.id])


class Cycles(Rows[Cycle]):
    """Nights."""

    noun, table = Cycle, cycles
    moment = "started"

    def of(self, workspace: WorkspaceId, agent: AgentId | None = None, limit: int = 100) -> list[Cycle]:
        """The newest, newest first; of one agent, or of all."""
        c = self.table.c
        of_agent = [c.agent == agent] if agent else []
        return self.select(
            c.workspace == workspace, *of_agent, order=[c.started.desc(), c.id.desc()], limit=limit
        )

    def running(self, workspace: WorkspaceId, agent: AgentId) -> Cycle | None:
        """The night that has not ended yet."""
        c = self.table.c
        found = self.select(c.workspace == workspace, c.agent == agent, c.ended.is_(None), limit=1)
        return found[0] if found else None

    def note(self, workspace: WorkspaceId, cycle: CycleId, **found: Any) -> bool:
        """Write down what a night found, or its ending; False where it has ended already.

        Within a transaction nobody else can end it, or go on with it, until the transaction is over.
        """
        c = self.table.c
        return self.update_where(c.workspace == workspace, c.id == cycle, c.ended.is_(None), **found) > 0

    def take_over(self, cycle: Cycle) -> bool:
        """Take up a night that was handed over; of several workers one may."""
        c = self.table.c
        mine = (c.workspace == cycle.workspace, c.id == cycle.id, c.handed_over.is_(True))
        return self.update_where(*mine, handed_over=False) > 0

    def last_end(self, workspace: WorkspaceId, agent: AgentId) -> datetime | None:
        """When the newest night of an agent ended; None where none has."""
        c = self.table.c
        statement = select(func.max(c.ended)).where(c.workspace == workspace, c.agent == agent)
        with self._database.reading() as connection:
            found: datetime | None = connection.execute(statement).scalar()
        return found

    def list_unfinished(self) -> list[Cycle]:
        """Every night that has not ended yet, of every workspace."""
        return self.select(self.table.c.ended.is_(None))


class LeverTrials(Rows[LeverTrial]):
    """What the levers did in each night."""

    noun, table = LeverTrial, lever_trials

    def of(self, workspace: WorkspaceId, cycle: CycleId) -> list[LeverTrial]:
        """All of one night, in the order of its plan."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.cycle == cycle, order=[c.position, c.id])

    def count_candidates(self, workspace: WorkspaceId, agent: AgentId, lever: str) -> int:
        """Say how many candidates a lever has drafted for an agent."""
        c = self.table.c
        return self.count(
            c.workspace == workspace, c.agent == agent, c.lever == lever, c.candidate.is_not(None)
        )

    def list_since(self, workspace: WorkspaceId, agent: AgentId, since: datetime) -> list[LeverTrial]:
        """Those of an agent's nights since a moment, oldest first."""
        c = self.table.c
        return self.select(
            c.workspace == workspace, c.agent == agent, c.at >= since, order=[c.at, c.position, c.id]
        )


class Approvals(Rows[Approval]):
    """What people were asked about learned texts."""

    noun, table = Approval, approvals

    def of(self, workspace: WorkspaceId, agent: AgentId, lever: str | None = None) -> list[Approval]:
        """All of an agent, or of one lever of it, oldest first."""
        c = self.table.c
        where = [c.lever == lever] if lever else []
        return self.select(c.workspace == workspace, c.agent == agent, *where, order=[c.at, c.id])

    def list_open(self, workspace: WorkspaceId, now: datetime) -> list[Approval]:
        """Those that still wait for an answer, of all agents, oldest first."""
        c = self.table.c
        waits = (c.state == ApprovalState.WAITING, c.expires > now)
        return self.select(c.workspace == workspace, *waits, order=[c.at, c.id])

    def of_candidate(self, workspace: WorkspaceId, candidate: AgentVersionId) -> list[Approval]:
        """All about one version, oldest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.candidate == candidate, order=[c.at, c.id])

    def move(self, approval: Approval, to: ApprovalState, **values: Any) -> Approval:
        """Bring one from the state it is in to another.

        Raises:
            Conflict: Somebody else did so meanwhile.
        """
        c = self.table.c
        moved = self.update_where(
            c.workspace == approval.workspace,
            c.id == approval.id,
            c.state == approval.state,
            state=to,
            **values,
        )
        if not moved:
            raise Conflict(
                f"Approval {approval.id} is no longer {approval.state}.",
                hint="`upspiral approve --all` shows what became of it.",
            )
        return self.get(approval.workspace, approval.id)


class CycleEvents(Rows[CycleEvent]):
    """What happened in a night, step by step."""

    noun, table = CycleEvent, cycle_events

    def of(self, workspace: WorkspaceId, cycle: CycleId) -> list[CycleEvent]:
        """All of one night, oldest first."""
        c = self.table.c
        return self.select(c.workspace == workspace, c.cycle == cycle, order=[c.at, c.id])


class Executors(Rows[Executor]):
    """The processes that run nights on this store."""

    noun, table = Executor, executors

    def last_seen(self) -> dict[str, datetime]:
        """When each last said that it lives, by its own clock."""
        return {one.id: one.seen for one in self.select()}

    def drop(self, executor: str) -> None:
        """Forget one that ends."""
        self.remove(self.table.c.id == executor)


class Schedules(Rows[Schedule]):
    """When something recurring was last done."""

    noun, table = Schedule, schedules

    def claim(self, mine: Schedule, *, before: datetime) -> bool:
        """Write down that it begins now, unless somebody began it since a moment; say whether we may.

        What was begun later than now was begun under a wrong clock, and stands in nobody's way.
        """
        dialect = sqlite if self._database.is_sqlite else postgresql
        statement = dialect.insert(self.table).values(
            workspace=mine.workspace, name=mine.name, began=mine.began, ended=None, said=""
        )
        began = self.table.c.began
        free = or_(began < before, began > mine.began + SKEW)  # the latter on a clock that was wrong
        ours = {name: statement.excluded[name] for name in ("began", "ended", "said")}
        with self._database.transaction() as connection:
            made = connection.execute(
                statement.on_conflict_do_update(index_elements=["workspace", "name"], set_=ours, where=free)
            )
            return made.rowcount > 0


class OwnRhythms(Rows[OwnRhythm]):
    """How often something recurs in a workspace, where that differs from the settings."""

    noun, table = OwnRhythm, own_rhythms

    def drop(self, workspace: WorkspaceId, name: str) -> None:
        """Follow the settings again."""
        self.remove(self.table.c.workspace == workspace, self.table.c.name == name)
