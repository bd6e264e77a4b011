"""What did the nights do, and where does every agent stand? Every number is computed from what is stored."""

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from upspiral.budget.account import to_usd
from upspiral.cursor import Cursor
from upspiral.domain import Agent, AgentVersion, Cycle, CycleKind, Deployment, Ending, Status, conversations
from upspiral.domain.ids import AgentId, BudgetId, WorkspaceId
from upspiral.domain.learning.lever import TrialState
from upspiral.stats.proportions import wilson
from upspiral.store import Store

if TYPE_CHECKING:
    from upspiral.runtime import Runtime  # the command `status` reads a store without all that it imports


class Rate(Struct, frozen=True):
    """A success rate over labeled conversations, with its 95 % interval."""

    successes: int
    n: int
    rate: float | None
    low: float
    high: float


class VersionStatus(Struct, frozen=True):
    """How one version does with real users."""

    version: str
    id: str
    live: bool
    interactions: int
    success: Rate


class NightSummary(Struct, frozen=True):
    """One night in numbers."""

    cycle: str
    agent: str
    story: CycleKind
    started: datetime
    ended: datetime | None
    ending: Ending | None
    reason: str
    patterns: tuple[str, ...] = ()
    lever: str | None = None
    """Whose draft went to the gate."""
    taught: int = 0
    heldout: int = 0
    candidate: str | None = None
    candidate_rate: float | None = None
    incumbent_rate: float | None = None
    judged: bool = False
    """Did a judge say which answer is better? The rates are then how often each was preferred."""
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None
    gate_passed: bool | None = None
    gate_alpha: float | None = None
    failed_checks: tuple[str, ...] = ()
    deployment: Deployment | None = None
    used_tokens: int = 0
    """What its calls of paid models took."""
    used_usd: float | None = None
    """Of the calls whose price is known; null where that is none."""

    @property
    def place(self) -> Cursor:
        """Where it stands in the list of nights."""
        return Cursor(self.started, self.cycle)


class AgentStatus(Struct, frozen=True):
    """Where one agent stands."""

    agent: str
    live: str
    canary: Deployment | None
    versions: tuple[VersionStatus, ...]
    night: NightSummary | None
    """The newest night."""


class Overview(Struct, frozen=True):
    """Where everything stands."""

    workspace: str
    database: str
    interactions: int
    feedback: int
    agents: tuple[AgentStatus, ...]
    waiting: int = 0
    """Learned texts that wait for a person's approval."""


def rate(successes: int, n: int) -> Rate:
    """Give a success rate with its interval.

    >>> rate(8, 10).rate
    0.8
    """
    limits = wilson(successes, n)
    return Rate(successes, n, successes / n if n else None, limits.low, limits.high)


def status(runtime: "Runtime", workspace: WorkspaceId) -> Overview:
    """Say where every agent stands."""
    url, now = runtime.settings.store_url, runtime.now()
    return _status(runtime.store, workspace, url=url, now=now)


def read_status(file: Path, workspace: WorkspaceId, *, now: datetime) -> Overview | None:
    """Say where every agent stands by a database file alone; None where its schema is not the newest.

    Args:
        file: Of SQLite.
        workspace: Whose agents.
        now: The present moment.
    """
    with Store(str(file)) as store:
        is_newest = store.revision() == store.newest()
        return _status(store, workspace, url=str(file), now=now) if is_newest else None


def _status(store: Store, workspace: WorkspaceId, *, url: str, now: datetime) -> Overview:
    running = {deployment.agent: deployment for deployment in store.deployments.running(workspace)}
    return Overview(
        workspace=workspace,
        database=_place(url),
        interactions=store.interactions.total(workspace),
        feedback=store.feedback.total(workspace),
        agents=tuple(_agent(store, agent, running.get(agent.id)) for agent in store.agents.all(workspace)),
        waiting=len(store.approvals.list_open(workspace, now)),
    )


def history(
    runtime: "Runtime",
    workspace: WorkspaceId,
    agent: AgentId | None = None,
    *,
    after: Cursor | None = None,
    limit: int = 100,
) -> list[NightSummary]:
    """Tell a page of the nights, newest first; of one agent, or of all."""
    found = runtime.store.cycles.list_newest(workspace, after=after, limit=limit, agent=agent)
    return [_night(runtime.store, cycle) for cycle in found]


def night(runtime: "Runtime", cycle: Cycle) -> NightSummary:
    """Tell one night."""
    return _night(runtime.store, cycle)


def _night(store: Store, cycle: Cycle) -> NightSummary:
    workspace = cycle.workspace
    report = store.eval_reports.find(workspace, cycle.report) if cycle.report else None
    decision = store.gate_decisions.find(workspace, cycle.decision) if cycle.decision else None
    dataset = store.datasets.find(workspace, cycle.dataset) if cycle.dataset else None
    candidate = store.agent_versions.find(workspace, cycle.candidate) if cycle.candidate else None
    trials = store.lever_trials.of(workspace, cycle.id)
    budget = store.budgets.find(workspace, BudgetId(cycle.id))
    return NightSummary(
        cycle=cycle.id,
        agent=cycle.agent,
        story=cycle.story,
        started=cycle.started,
        ended=cycle.ended,
        ending=cycle.ending,
        reason=cycle.reason,
        patterns=tuple(pattern.name for pattern in store.patterns.many(workspace, cycle.patterns)),
        lever=next((t.lever for t in trials if t.state is TrialState.CHOSEN), None),
        taught=dataset.train if dataset else 0,
        heldout=dataset.heldout if dataset else 0,
        candidate=candidate.name if candidate else None,
        candidate_rate=report.overall.candidate_rate if report else None,
        incumbent_rate=report.overall.incumbent_rate if report else None,
        judged=bool(report and report.judge),
        gain=report.gain if report else None,
        gain_low=report.overall.gain_low if report else None,
        gain_high=report.overall.gain_high if report else None,
        gate_passed=decision.passed if decision else None,
        gate_alpha=decision.alpha if decision else None,
        failed_checks=tuple(check.name for check in decision.refusals) if decision else (),
        deployment=store.deployments.find(workspace, cycle.deployment) if cycle.deployment else None,
        used_tokens=budget.used_tokens if budget else 0,
        used_usd=(to_usd(budget.used_nano_usd) or None) if budget else None,
    )


def _place(url: str) -> str:
    """Say where a database is: a file in full, a server without its password."""
    if "://" not in url:
        return str(Path(url).absolute())
    return re.sub(r"://([^:@/]*):[^@/]*@", r"://\1:***@", url)


def _agent(store: Store, agent: Agent, canary: Deployment | None) -> AgentStatus:
    versions = store.agent_versions.of(agent.workspace, agent.id)
    nights = store.cycles.of(agent.workspace, agent.id, limit=1)
    return AgentStatus(
        agent=agent.id,
        live=next(v.name for v in versions if v.id == agent.live),
        canary=canary,
        versions=tuple(_version(store, agent, version) for version in versions),
        night=_night(store, nights[0]) if nights else None,
    )


def _version(store: Store, agent: Agent, version: AgentVersion) -> VersionStatus:
    turns = store.interactions.of_version(agent.workspace, version.id)
    outcomes = store.outcomes.of(agent.workspace, [turn.id for turn in turns])
    settled = [c for c in conversations(turns, outcomes) if c.status != Status.UNKNOWN]
    good = sum(c.status == Status.SUCCESS for c in settled)
    return VersionStatus(
        version.name, version.id, version.id == agent.live, len(turns), rate(good, len(settled))
    )
