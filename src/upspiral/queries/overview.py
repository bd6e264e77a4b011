"""Is it getting better, what is running, and what needs a person?"""

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct

from upspiral.analyze.metrics import Breakdown
from upspiral.cycle import report
from upspiral.cycle.report import NightSummary, Rate
from upspiral.domain import Agent, Deployment, DeploymentState, Ending, TrainingJob
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.model import JobState
from upspiral.domain.rollup import day_of
from upspiral.queries.approvals import ApprovalCard, list_approvals
from upspiral.queries.quality import list_days
from upspiral.runtime import Runtime
from upspiral.stats.proportions import newcombe

RECENT_DAYS, EARLIER_DAYS = 7, 28
"""The last days are compared with those before them."""
MAX_NIGHTS_READ = 50
MAX_NEWS = 8
Direction = Literal["better", "worse", "steady", "unknown"]


class Progress(Struct, frozen=True, kw_only=True):
    """The success rate of the last days beside that of the days before."""

    recent: Rate
    earlier: Rate
    direction: Direction
    """Better or worse where the 95 % interval of the difference is all on one side."""
    difference_low: float
    difference_high: float


class LoopOverview(Struct, frozen=True, kw_only=True):
    """All that the first page tells."""

    agents: list[Agent]
    progress: Progress
    days: list[Breakdown]
    """Oldest first."""
    running: list[NightSummary]
    """Nights that have not ended."""
    canaries: list[Deployment]
    promoted: list[Deployment]
    """What was rolled out to everybody last, of each agent that has no canary now: it can be rolled back."""
    jobs: list[TrainingJob]
    """Trainings that have not ended."""
    nights: list[NightSummary]
    """The newest that have ended, newest first."""
    failed: list[NightSummary]
    """The last night of each agent whose last night failed."""
    approvals: list[ApprovalCard]
    """Texts that wait for a person."""


def show_loop(runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None = None) -> LoopOverview:
    """Say where the loop stands: of one agent, or of all."""
    store, now = runtime.store, runtime.now()
    days = list_days(runtime, workspace, agent=agent)
    cycles = store.cycles.of(workspace, agent, limit=MAX_NIGHTS_READ)
    ended = [one for one in cycles if one.ended]
    last = {one.agent: one for one in reversed(ended)}.values()
    canaries = [one for one in store.deployments.running(workspace) if agent in (None, one.agent)]
    return LoopOverview(
        agents=store.agents.all(workspace),
        progress=compare_days(days, now=now),
        days=days,
        running=[report.night(runtime, one) for one in cycles if not one.ended],
        canaries=canaries,
        promoted=_list_promoted(runtime, workspace, agent, besides={one.agent for one in canaries}),
        jobs=[one for one in _list_jobs(runtime, workspace, agent) if one.state in UNDER_WAY],
        nights=[report.night(runtime, one) for one in ended[:MAX_NEWS]],
        failed=[report.night(runtime, one) for one in last if one.ending == Ending.FAILED],
        approvals=list_approvals(runtime, workspace, agent=agent, is_open=True),
    )


UNDER_WAY = (JobState.QUEUED, JobState.RUNNING)


def compare_days(days: list[Breakdown], *, now: datetime) -> Progress:
    """Compare the last seven days with the four weeks before them (Newcombe's interval).

    Args:
        days: What was settled by day, the key in UTC such as ``2026-01-05``.
        now: The present moment.
    """
    start, border = (now - timedelta(days=n) for n in (RECENT_DAYS + EARLIER_DAYS, RECENT_DAYS))
    recent = _add_up([one for one in days if one.key > day_of(border)])
    earlier = _add_up([one for one in days if day_of(start) < one.key <= day_of(border)])
    gap = newcombe((recent.successes, recent.n), (earlier.successes, earlier.n))
    direction: Direction = "better" if gap.low > 0 else "worse" if gap.high < 0 else "steady"
    return Progress(
        recent=recent,
        earlier=earlier,
        direction=direction if recent.n and earlier.n else "unknown",
        difference_low=gap.low,
        difference_high=gap.high,
    )


def _add_up(days: list[Breakdown]) -> Rate:
    settled, failures = sum(one.settled for one in days), sum(one.failures for one in days)
    return report.rate(settled - failures, settled)


def _list_promoted(
    runtime: Runtime, workspace: WorkspaceId, agent: AgentId | None, *, besides: set[AgentId]
) -> list[Deployment]:
    newest = runtime.store.deployments.list_newest(
        workspace, after=None, limit=MAX_NIGHTS_READ, agent=agent, state=DeploymentState.PROMOTED
    )
    found = {one.agent: one for one in reversed(newest) if one.agent not in besides}
    return sorted(found.values(), key=lambda one: one.started, reverse=True)[:MAX_NEWS]


def _list_jobs(runtime: Runtime, workspace: WorkspaceId, agent: AgentId | None) -> list[TrainingJob]:
    jobs = runtime.store.training_jobs
    return jobs.list_newest(workspace, after=None, limit=MAX_NIGHTS_READ, agent=agent)
