"""One durable step per line of the page. Each reads what it needs by the Cycle's id and stores what it made.

A step may be cut off at any point and run again: every id it makes is derived from the Cycle, so that the
second run finds what the first one left.
"""

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path

from upspiral import analyze, curate, deploy, evaluate, train
from upspiral.cycle.candidate import adapter_name, candidate_version, new_deployment
from upspiral.cycle.engine import Night, NightOver, Pending, current, step
from upspiral.cycle.planning.evidence import wait_after_refusal, window_of
from upspiral.cycle.planning.outlook import (
    say_how_long,
    say_no_weakness,
    say_nothing_rated,
    say_too_few_failures,
    share_of_canary,
)
from upspiral.cycle.planning.readiness import find_training_obstacle
from upspiral.deploy.adapter_files import copy_adapter, validate_adapter
from upspiral.deploy.advance import add_version
from upspiral.deploy.probe import ask_probe
from upspiral.deploy.watch import Assessment
from upspiral.domain import (
    AgentVersion,
    Cycle,
    CycleKind,
    DeploymentState,
    Ending,
    JobState,
    Polarity,
    TrainingJob,
    Verdict,
)
from upspiral.domain.ids import AgentVersionId, DatasetId, DeploymentId, JobId, derive
from upspiral.errors import ConfigError, InvalidTransition
from upspiral.runtime import Runtime
from upspiral.scorers import scorer
from upspiral.train.base import TrainingRun
from upspiral.train.launch import register_model


@step
def find_patterns(runtime: Runtime, night: Night) -> bool:
    """Find the weaknesses of the live version; False where none stands out, or none could be fixed.

    What the host cannot do is known here, before a teacher is paid.
    """
    cycle = _cycle(runtime, night)
    if cycle.job:  # the story is run again from its first line
        return True
    _check_disk(runtime)
    window = window_of(runtime, cycle)
    evidence = runtime.store.evidence.count(night.workspace, cycle.agent, window)
    _note(runtime, night, rated=evidence.rated)
    reason = say_nothing_rated(evidence, cycle) or wait_after_refusal(runtime, cycle, evidence)
    if reason:
        _note(runtime, night, reason=reason)
        return False
    found = analyze.find(
        runtime.store,
        cycle.agent,
        workspace=night.workspace,
        window=window,
        cycle=cycle.id,
        settings=runtime.settings.analyze,
        now=runtime.now(),
        namer=runtime.namer(),
    )
    weak = [one for one in found if one.polarity == Polarity.WEAKNESS]
    patterns = sorted(weak, key=lambda one: bool(one.conditions))  # a case in both is taught as its subject
    failures = len({member for pattern in patterns for member in pattern.members})
    reason = (
        _say_unteachable(runtime, cycle, weaknesses=len(patterns))
        or say_too_few_failures(runtime, cycle, evidence, failures)
        if patterns
        else say_no_weakness(runtime, evidence)
    )
    if not reason and cycle.story == CycleKind.IMPROVE:
        _check_answers(runtime, cycle, _live(runtime, cycle).id)  # else nothing is there to compare with
    _note(runtime, night, patterns=tuple(p.id for p in patterns), reason=reason)
    return not reason


@step
def build_dataset(runtime: Runtime, night: Night) -> bool:
    """Write what should have been said; False where that is too little to learn from or to prove anything."""
    cycle = _cycle(runtime, night)
    agent = runtime.store.agents.get(night.workspace, cycle.agent)
    settings = runtime.settings
    if cycle.job:  # the story is run again from its first line
        return True
    dataset = current().complete(
        night,
        curate.build(
            runtime.store,
            cycle,
            window=window_of(runtime, cycle),
            teacher=runtime.teacher(agent),
            scorer=scorer(settings.curate.scorer, success_at=settings.capture.success_at),
            settings=settings.curate,
            now=runtime.now(),
        ),
    )
    missing = curate.shortfall(dataset, settings.curate)
    reason = f"{missing} {say_how_long(runtime, cycle, dataset)}".strip() if missing else ""
    _note(runtime, night, dataset=dataset.id, reason=reason)
    return not missing


@step
def start_training(runtime: Runtime, night: Night) -> JobId:
    """Start the recipe that teaches the base model."""
    cycle = _cycle(runtime, night)
    job = _job(runtime, cycle)
    _launch(runtime, cycle, job)
    _note(runtime, night, job=job.id)
    return job.id


@step
def make_candidate(runtime: Runtime, night: Night) -> AgentVersionId | Pending | None:
    """Wait for the recipe; give the candidate, or None where training failed."""
    cycle = _cycle(runtime, night)
    store = runtime.store
    job = store.training_jobs.get(night.workspace, cycle.job or "")
    folder = runtime.job_folder(job.id)
    if not folder.exists():  # it was begun on the disk of a server that is gone
        _launch(runtime, cycle, job)
    job = train.poll(
        store, job, trainer=runtime.trainer, folder=folder, settings=runtime.settings.train, now=runtime.now()
    )
    if job.state in (JobState.QUEUED, JobState.RUNNING):
        return Pending(f"step {job.step} of {job.total_steps}")
    if job.state != JobState.SUCCEEDED:
        _note(runtime, night, reason=job.error or f"The training job {job.id} was {job.state}.")
        return None
    sha256 = validate_adapter(folder / "adapter")
    name = _adapter_name(cycle)
    adapter = copy_adapter(folder / "adapter", _artifacts(runtime) / name)
    model = register_model(store, job, name=name, adapter=adapter, sha256=sha256, now=runtime.now())
    candidate = add_version(store, candidate_version(_live(runtime, cycle), model, now=runtime.now()))
    _note(runtime, night, candidate=candidate.id)
    return candidate.id


@step
def compare_with_incumbent(runtime: Runtime, night: Night) -> str:
    """Let candidate and live version answer the held-out cases."""
    cycle = _cycle(runtime, night)
    store, settings = runtime.store, runtime.settings
    agent = store.agents.get(night.workspace, cycle.agent)
    report = current().complete(
        night,
        evaluate.compare(
            store,
            candidate=runtime.version(night.workspace, AgentVersionId(cycle.candidate or "")),
            incumbent=runtime.version(night.workspace, agent.live),
            dataset=store.datasets.get(night.workspace, cycle.dataset or ""),
            scorer=runtime.scorer(night.workspace),
            cycle=cycle.id,
            settings=settings.evaluate,
            now=runtime.now(),
        ),
    )
    _note(runtime, night, report=report.id)
    return report.id


@step
def passes_gate(runtime: Runtime, night: Night) -> bool:
    """Ask the gate; what is forced goes on although it refuses, and the refusal stays on record."""
    cycle = _cycle(runtime, night)
    report = runtime.store.eval_reports.get(night.workspace, cycle.report or "")
    decision = evaluate.decide(runtime.store, report, settings=runtime.settings.evaluate, now=runtime.now())
    refusals = "; ".join(f"{check.name}: {check.detail}" for check in decision.refusals)
    reason = f"The gate refused ({refusals})." if refusals else ""
    _note(runtime, night, decision=decision.id, reason=reason)
    return decision.passed or cycle.forced


@step
def start_canary(runtime: Runtime, night: Night) -> str:
    """Give the candidate its share of the traffic, once its weights are proven and it answers a question."""
    cycle = _cycle(runtime, night)
    agent = runtime.store.agents.get(night.workspace, cycle.agent)
    _check_answers(runtime, cycle, AgentVersionId(cycle.candidate or ""))
    share = share_of_canary(runtime, cycle)
    deployment = new_deployment(cycle, stable=agent.live, share=share, now=runtime.now())
    with runtime.store.transaction():
        _note(runtime, night, deployment=deployment.id)
        deploy.start_canary(runtime.store, deployment)
    return deployment.id


@step
def watch_canary(runtime: Runtime, night: Night) -> Verdict | Pending:
    """Look at what the canary's users say."""
    seen = _assess(runtime, night)
    _note(runtime, night, reason=seen.reason)
    return seen.verdict or Pending(seen.reason)


@step
def roll_back(runtime: Runtime, night: Night) -> bool:
    """Take the canary back; it is kept for study."""
    cycle = _cycle(runtime, night)
    verdict = _assess(runtime, night).verdict or Verdict.INCONCLUSIVE
    deploy.roll_back(
        runtime.store,
        night.workspace,
        _deployment(cycle),
        verdict=verdict,
        reason=cycle.reason,
        now=runtime.now(),
    )
    return True


@step
def promote(runtime: Runtime, night: Night) -> bool:
    """Make the candidate the live version."""
    cycle = _cycle(runtime, night)
    deploy.promote(runtime.store, night.workspace, _deployment(cycle), reason=cycle.reason, now=runtime.now())
    return True


def conclude(runtime: Runtime, night: Night, *, ending: Ending, reason: str) -> None:
    """Write the ending down, unless there is one, and leave nothing of the night running.

    A training of this process is stopped; a canary that is still out is rolled back. Nobody can roll one out
    meanwhile: whoever notes it waits for this transaction, and finds that the night is over.
    """
    store = runtime.store
    with store.transaction():
        cycle = _cycle(runtime, night)
        ended = {"ending": ending, "ended": runtime.now(), "reason": reason or cycle.reason}
        if store.cycles.note(night.workspace, night.cycle, **ended):
            _take_back(runtime, _cycle(runtime, night))
    job = store.training_jobs.find(night.workspace, _job_id(cycle))
    if job:
        _stop_training(runtime, job)


def _take_back(runtime: Runtime, cycle: Cycle) -> None:
    deployment = runtime.store.deployments.find(cycle.workspace, _deployment(cycle))
    if deployment and deployment.state == DeploymentState.CANARY:
        deploy.roll_back(
            runtime.store,
            cycle.workspace,
            deployment.id,
            verdict=Verdict.INCONCLUSIVE,
            reason=cycle.reason,
            now=runtime.now(),
        )


def _stop_training(runtime: Runtime, job: TrainingJob) -> None:
    """Stop a training for good: here its process, elsewhere at the next look of the server that runs it."""
    if job.state in (JobState.QUEUED, JobState.RUNNING):
        folder = runtime.job_folder(job.id)
        with suppress(InvalidTransition):  # it ended by itself just now
            train.cancel(runtime.store, job, trainer=runtime.trainer, folder=folder, now=runtime.now())
    else:
        runtime.trainer.stop(TrainingRun(runtime.job_folder(job.id)))


def training_pace(runtime: Runtime) -> float:
    """Seconds between two looks at a training job."""
    return runtime.settings.cycle.training_every_s


def canary_pace(runtime: Runtime) -> float:
    """Seconds between two looks at a canary."""
    return runtime.settings.cycle.canary_every_s


def _cycle(runtime: Runtime, night: Night) -> Cycle:
    return runtime.store.cycles.get(night.workspace, night.cycle)


def _note(runtime: Runtime, night: Night, **found: object) -> None:
    """Write down what was found.

    Raises:
        NightOver: Somebody ended the night meanwhile.
    """
    if not runtime.store.cycles.note(night.workspace, night.cycle, **found):
        raise NightOver


def _assess(runtime: Runtime, night: Night) -> Assessment:
    """Weigh what the canary's users have said so far."""
    return deploy.watch(
        runtime.store,
        night.workspace,
        _deployment(_cycle(runtime, night)),
        settings=runtime.settings.deploy,
        now=runtime.now(),
        clock_doubt=runtime.doubt_clock(),
    )


def _job_id(cycle: Cycle) -> JobId:
    return JobId(derive("job", cycle.id))


def _deployment(cycle: Cycle) -> DeploymentId:
    return DeploymentId(cycle.deployment or "")


def _launch(runtime: Runtime, cycle: Cycle, job: TrainingJob) -> None:
    train.launch(
        runtime.store,
        job,
        version=_live(runtime, cycle),
        name=_adapter_name(cycle),
        trainer=runtime.trainer,
        folder=runtime.job_folder(job.id),
        settings=runtime.settings.train,
    )


def _job(runtime: Runtime, cycle: Cycle) -> TrainingJob:
    return TrainingJob(
        id=_job_id(cycle),
        workspace=cycle.workspace,
        agent=cycle.agent,
        cycle=cycle.id,
        dataset=DatasetId(cycle.dataset or ""),
        base=_live(runtime, cycle).model,
        recipe=runtime.settings.train.recipe,
        created=runtime.now(),
    )


def _live(runtime: Runtime, cycle: Cycle) -> AgentVersion:
    agent = runtime.store.agents.get(cycle.workspace, cycle.agent)
    return runtime.store.agent_versions.get(cycle.workspace, agent.live)


def _artifacts(runtime: Runtime) -> Path:
    folder = (runtime.data / "artifacts").resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _adapter_name(cycle: Cycle) -> str:
    return adapter_name(cycle.agent, cycle.id[4:])


def _say_unteachable(runtime: Runtime, cycle: Cycle, *, weaknesses: int) -> str:
    """Say why no number of rated conversations lets a whole night teach what it found; empty where it can."""
    if cycle.story != CycleKind.IMPROVE:
        return ""
    obstacle = find_training_obstacle(runtime, runtime.store.agents.get(cycle.workspace, cycle.agent))
    if not obstacle:
        return ""
    return f"Weaknesses found: {weaknesses}. They cannot be taught, so no teacher was asked: {obstacle}"


def _check_answers(runtime: Runtime, cycle: Cycle, version: AgentVersionId) -> None:
    """Make sure that a version is served and answers a question.

    Raises:
        UpspiralError: It does not; says why.
    """
    asyncio.run(ask_probe(*runtime.version(cycle.workspace, version), runtime.settings.deploy.probe_question))


def _check_disk(runtime: Runtime) -> None:
    free = shutil.disk_usage(runtime.data).free / 1e9
    needed = runtime.settings.cycle.disk_free_gb
    if free < needed:
        raise ConfigError(
            f"The disk of {runtime.data} has {free:.2f} GB free, and a night needs {needed:g} GB.",
            hint="Free some space, or lower cycle.disk_free_gb.",
        )
