"""What did the nights make: cycles, datasets, jobs, comparisons, deployments?"""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from upspiral.budget.spending import NightSpending
from upspiral.cursor import Cursor
from upspiral.cycle.report import Rate, rate
from upspiral.deploy.advance import find_undoable
from upspiral.domain import (
    AgentVersion,
    Cycle,
    CycleEvent,
    Dataset,
    Deployment,
    EvalReport,
    Example,
    GateDecision,
    Pattern,
    Split,
    TrainingJob,
)
from upspiral.domain.ids import AgentId, WorkspaceId
from upspiral.domain.learning.lever import LeverTrial
from upspiral.errors import NotFound
from upspiral.queries.spending import show_spending
from upspiral.runtime import Runtime

MAX_LOG_BYTES = 40_000
"""So much of the end of a training's log is shown."""
MAX_LOSS_BYTES = 500_000
"""So much of the end of a training's losses is read: about 10,000 of them."""


class CycleDetails(Struct, frozen=True, kw_only=True):
    """A night with everything that it made and did."""

    cycle: Cycle
    events: list[CycleEvent]
    """Oldest first."""
    patterns: list[Pattern]
    """The weaknesses that it was about."""
    dataset: Dataset | None
    job: TrainingJob | None
    levers: list[LeverTrial]
    """What each lever did, in the order of the plan."""
    candidate: AgentVersion | None
    report: EvalReport | None
    decision: GateDecision | None
    deployment: Deployment | None
    spending: NightSpending | None
    """What its paid calls took; null where it made none."""


class DatasetDetails(Struct, frozen=True, kw_only=True):
    """A Dataset with its Examples."""

    dataset: Dataset
    train: list[Example]
    select: list[Example]
    heldout: list[Example]


class DeploymentDetails(Struct, frozen=True, kw_only=True):
    """A Deployment with the names and the success rates of both arms."""

    deployment: Deployment
    candidate: str
    """Such as `support@3`."""
    stable: str
    candidate_rate: Rate
    stable_rate: Rate
    can_roll_back: bool
    """Is it what a rollback of the agent would undo?"""


def list_cycles(
    runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None, after: Cursor | None, limit: int
) -> list[Cycle]:
    """Give a page of nights, newest first; of one agent, or of all."""
    return runtime.store.cycles.list_newest(workspace, after=after, limit=limit, agent=agent)


def show_cycle(runtime: Runtime, workspace: WorkspaceId, cycle: str) -> CycleDetails:
    """Give a night with everything that it made and did.

    Raises:
        NotFound: The workspace has none of that id.
    """
    store = runtime.store
    found = store.cycles.get(workspace, cycle)
    return CycleDetails(
        cycle=found,
        events=store.cycle_events.of(workspace, found.id),
        patterns=store.patterns.many(workspace, found.patterns),
        dataset=store.datasets.find(workspace, found.dataset) if found.dataset else None,
        job=store.training_jobs.find(workspace, found.job) if found.job else None,
        levers=store.lever_trials.of(workspace, found.id),
        candidate=store.agent_versions.find(workspace, found.candidate) if found.candidate else None,
        report=store.eval_reports.find(workspace, found.report) if found.report else None,
        decision=store.gate_decisions.find(workspace, found.decision) if found.decision else None,
        deployment=store.deployments.find(workspace, found.deployment) if found.deployment else None,
        spending=show_spending(runtime, workspace, found.id),
    )


def list_datasets(
    runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None, after: Cursor | None, limit: int
) -> list[Dataset]:
    """Give a page of Datasets without their Examples, newest first; of one agent, or of all."""
    return runtime.store.datasets.list_newest(workspace, after=after, limit=limit, agent=agent)


def show_dataset(runtime: Runtime, workspace: WorkspaceId, dataset: str) -> DatasetDetails:
    """Give a Dataset with its Examples.

    Raises:
        NotFound: The workspace has none of that id.
    """
    store = runtime.store
    found = store.datasets.get(workspace, dataset)
    return DatasetDetails(
        dataset=found,
        train=store.examples.of(workspace, found.id, Split.TRAIN),
        select=store.examples.of(workspace, found.id, Split.SELECT),
        heldout=store.examples.of(workspace, found.id, Split.HELDOUT),
    )


def find_dataset(
    runtime: Runtime, workspace: WorkspaceId, agent: AgentId, *, dataset: str | None = None
) -> Dataset:
    """Give the Dataset of an id, or else the newest of an agent.

    Raises:
        NotFound: There is none of that id, or none of that agent yet.
    """
    store = runtime.store
    found = store.datasets.get(workspace, dataset) if dataset else store.datasets.latest(workspace, agent)
    if found is None:
        raise NotFound(
            f"Agent {agent!r} has no dataset yet.", hint=f"Make one with `upspiral curate {agent}`."
        )
    return found


def list_jobs(
    runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None, after: Cursor | None, limit: int
) -> list[TrainingJob]:
    """Give a page of training jobs, newest first; of one agent, or of all."""
    return runtime.store.training_jobs.list_newest(workspace, after=after, limit=limit, agent=agent)


def get_job(runtime: Runtime, workspace: WorkspaceId, job: str) -> TrainingJob:
    """Give a training job.

    Raises:
        NotFound: The workspace has none of that id.
    """
    return runtime.store.training_jobs.get(workspace, job)


class JobDetails(Struct, frozen=True, kw_only=True):
    """A training job with what its run has written so far on this machine."""

    job: TrainingJob
    losses: list[tuple[int, float]]
    """Step and loss, in order; empty where the run wrote none here."""
    log: str
    """The end of what its program printed; empty where that is not here."""


def show_job(runtime: Runtime, workspace: WorkspaceId, job: str) -> JobDetails:
    """Give a training job with its losses and the end of its log.

    Raises:
        NotFound: The workspace has none of that id.
    """
    found, folder = get_job(runtime, workspace, job), runtime.job_folder(job)
    log = read_end(folder / "output.log", limit=MAX_LOG_BYTES)
    return JobDetails(job=found, losses=read_losses(folder / "losses.jsonl"), log=log)


def read_losses(path: Path) -> list[tuple[int, float]]:
    """Read the losses of a run; of a step that was done again after a crash the last one counts."""
    found: dict[int, float] = {}
    for line in read_end(path, limit=MAX_LOSS_BYTES).splitlines():
        try:
            row = msgspec.json.decode(line, type=_Loss)
        except msgspec.DecodeError:
            continue  # half a line, where the run writes just now
        found[row.step] = row.loss
    return sorted(found.items())


class _Loss(Struct, frozen=True):
    step: int
    loss: float


def read_end(path: Path, *, limit: int) -> str:
    """Read the end of a text file, from the beginning of a line; empty where there is none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - limit))
            text = file.read(limit).decode("utf-8", errors="replace")
    except OSError:
        return ""
    return text if size <= limit else text.partition("\n")[2]


def list_evaluations(
    runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None, after: Cursor | None, limit: int
) -> list[EvalReport]:
    """Give a page of comparisons of two versions, newest first; of one agent, or of all."""
    return runtime.store.eval_reports.list_newest(workspace, after=after, limit=limit, agent=agent)


def get_evaluation(runtime: Runtime, workspace: WorkspaceId, evaluation: str) -> EvalReport:
    """Give one comparison of two versions.

    Raises:
        NotFound: The workspace has none of that id.
    """
    return runtime.store.eval_reports.get(workspace, evaluation)


def list_deployments(
    runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None, after: Cursor | None, limit: int
) -> list[Deployment]:
    """Give a page of Deployments, newest first; of one agent, or of all."""
    return runtime.store.deployments.list_newest(workspace, after=after, limit=limit, agent=agent)


def show_deployment(runtime: Runtime, workspace: WorkspaceId, deployment: str) -> DeploymentDetails:
    """Give a Deployment with both arms.

    Raises:
        NotFound: The workspace has none of that id.
    """
    store = runtime.store
    found = store.deployments.get(workspace, deployment)
    candidate, stable = (store.agent_versions.find(workspace, one) for one in (found.candidate, found.stable))
    return DeploymentDetails(
        deployment=found,
        candidate=candidate.name if candidate else found.candidate,
        stable=stable.name if stable else found.stable,
        candidate_rate=rate(found.canary_successes, found.canary_n),
        stable_rate=rate(found.stable_successes, found.stable_n),
        can_roll_back=find_undoable(store, workspace, found.agent) == found,
    )


def list_lever_trials(
    runtime: Runtime, workspace: WorkspaceId, *, agent: AgentId | None, after: Cursor | None, limit: int
) -> list[LeverTrial]:
    """Give a page of what nights tried, newest first; of one agent, or of all."""
    return runtime.store.lever_trials.list_newest(workspace, after=after, limit=limit, agent=agent)


def find_decision(runtime: Runtime, workspace: WorkspaceId, report: EvalReport) -> GateDecision | None:
    """Give what the gate decided last about a comparison; None before it was asked."""
    asked = runtime.store.gate_decisions.of(workspace, report.agent)
    return next((one for one in reversed(asked) if one.report == report.id), None)
