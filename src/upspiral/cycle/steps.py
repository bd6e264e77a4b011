"""One durable step per line of the page. Each reads what it needs by the Cycle's id and stores what it made.

A step may be cut off at any point and run again: every id it makes is derived from the Cycle, so that the
second run finds what the first one left.
"""

import asyncio
import shutil
from contextlib import suppress

from upspiral import analyze, budget, curate, deploy, evaluate, train
from upspiral.curate.split import KeptBack
from upspiral.cycle.candidate import new_deployment
from upspiral.cycle.comparison import compare_versions
from upspiral.cycle.durable.engine import Night, Pending, current, step
from upspiral.cycle.levers.adapter import job_id
from upspiral.cycle.levers.available import find_obstacles
from upspiral.cycle.planning.evidence import wait_after_refusal, window_of
from upspiral.cycle.planning.outlook import (
    say_how_long,
    say_no_weakness,
    say_nothing_rated,
    say_nothing_to_lose,
    say_too_few_failures,
    share_of_canary,
)
from upspiral.cycle.planning.power import compares_recorded
from upspiral.cycle.planning.proof import foresee_proof
from upspiral.cycle.planning.spending import say_budget_spent, say_unproven
from upspiral.cycle.progress import get_candidate, get_live, note, read_cycle, tell_ending
from upspiral.deploy.probe import ask_probe
from upspiral.deploy.watch import Assessment
from upspiral.domain import (
    Cycle,
    CycleKind,
    DeploymentState,
    Ending,
    JobState,
    Polarity,
    TrainingJob,
    Verdict,
)
from upspiral.domain.ids import AgentVersionId, BudgetId, DeploymentId
from upspiral.domain.night.budget import Purpose
from upspiral.errors import BudgetSpent, ConfigError, InvalidTransition
from upspiral.runtime import Runtime
from upspiral.scorers import scorer
from upspiral.train.base import TrainingRun


@step
def find_patterns(runtime: Runtime, night: Night) -> bool:
    """Find the weaknesses of the live version; False where none stands out, or none could be fixed.

    What the host cannot do is known here, before a teacher is paid.
    """
    cycle = read_cycle(runtime, night)
    if cycle.dataset:  # the story is run again from its first line
        return True
    _check_disk(runtime)
    window = window_of(runtime, cycle)
    evidence = runtime.store.evidence.count(night.workspace, cycle.agent, window)
    note(runtime, night, rated=evidence.rated)
    reason = say_nothing_rated(evidence, cycle) or wait_after_refusal(runtime, cycle, evidence)
    if reason:
        note(runtime, night, reason=reason)
        return False
    found = analyze.find(
        runtime.store,
        cycle.agent,
        workspace=night.workspace,
        window=window,
        cycle=cycle.id,
        settings=runtime.settings.analyze,
        now=runtime.now(),
        namer=runtime.namer(runtime.charge(cycle, Purpose.NAMER)),
    )
    weak = [one for one in found if one.polarity == Polarity.WEAKNESS]
    patterns = sorted(weak, key=lambda one: bool(one.conditions))  # a case in both is taught as its subject
    failures = len({member for pattern in patterns for member in pattern.members})
    reason = (
        _say_unmendable(runtime, cycle, weaknesses=len(patterns))
        or say_nothing_to_lose(runtime, cycle, evidence, patterns)
        or say_too_few_failures(runtime, cycle, evidence, failures)
        if patterns
        else say_no_weakness(runtime, cycle.agent, evidence)
    )
    if not reason and cycle.story == CycleKind.IMPROVE:
        _check_answers(runtime, cycle, get_live(runtime, cycle).id)  # else nothing is there to compare with
    note(runtime, night, patterns=tuple(p.id for p in patterns), reason=reason)
    return not reason


@step
def build_dataset(runtime: Runtime, night: Night) -> bool:
    """Write what should have been said; False where that is too little to learn from or to prove anything."""
    cycle = read_cycle(runtime, night)
    store, settings = runtime.store, runtime.settings
    agent = store.agents.get(night.workspace, cycle.agent)
    if store.lever_trials.of(night.workspace, night.cycle):  # the story is run again from its first line
        return True
    levers = [name for name, obstacle in find_obstacles(runtime, agent, cycle).items() if not obstacle]
    dataset = current().complete(
        night,
        curate.build(
            store,
            cycle,
            window=window_of(runtime, cycle),
            teacher=runtime.teacher(agent, runtime.charge(cycle, Purpose.TEACHER)),
            scorer=scorer(settings.curate.scorer, success_at=settings.capture.success_at),
            settings=settings.curate,
            kept=_keep_back(runtime, cycle, several=len(levers) > 1),
            now=runtime.now(),
        ),
    )
    pairs = settings.evaluate.judge_labels if compares_recorded(settings) else None
    missing = curate.shortfall(dataset, settings.curate, pairs=pairs)
    why = say_budget_spent(runtime, cycle) or say_how_long(runtime, cycle, dataset)
    reason = f"{missing} {why}".strip() if missing else ""
    note(runtime, night, dataset=dataset.id, reason=reason)
    return not missing


def _keep_back(runtime: Runtime, cycle: Cycle, *, several: bool) -> KeptBack:
    """Say what is kept back from teaching: for drafts to compete on, and for a judge to compare."""
    settings = runtime.settings
    select = settings.levers.select if several and cycle.story is CycleKind.IMPROVE else 0.0
    if not compares_recorded(settings):
        return KeptBack(select)
    proof = foresee_proof(runtime, runtime.store.agents.get(cycle.workspace, cycle.agent)).plan
    return KeptBack(select, recorded=settings.curate.recorded_cases, needed=proof.pairs)


@step
def compare_with_incumbent(runtime: Runtime, night: Night) -> str | None:
    """Let candidate and live version answer the held-out cases; None where the budget does not bear that."""
    cycle = read_cycle(runtime, night)
    comparison = compare_versions(
        runtime,
        evaluate.CaseSet(runtime.store.datasets.get(night.workspace, cycle.dataset or "")),
        candidate=get_candidate(runtime, cycle, cycle.candidate),
        incumbent=get_live(runtime, cycle),
        night=cycle,
    )
    try:
        report = current().complete(night, comparison)
    except BudgetSpent:
        note(runtime, night, reason=say_unproven(runtime, cycle))
        return None
    note(runtime, night, report=report.id)
    return report.id


@step
def passes_gate(runtime: Runtime, night: Night) -> bool:
    """Ask the gate; what is forced goes on although it refuses, and the refusal stays on record."""
    cycle = read_cycle(runtime, night)
    report = runtime.store.eval_reports.get(night.workspace, cycle.report or "")
    decision = evaluate.decide(runtime.store, report, settings=runtime.settings.evaluate, now=runtime.now())
    refusals = "; ".join(f"{check.name}: {check.detail}" for check in decision.refusals)
    reason = f"The gate refused ({refusals})." if refusals else ""
    note(runtime, night, decision=decision.id, reason=reason)
    return decision.passed or cycle.forced


@step
def start_canary(runtime: Runtime, night: Night) -> str:
    """Give the candidate its share of the traffic, once its weights are proven and it answers a question."""
    cycle = read_cycle(runtime, night)
    agent = runtime.store.agents.get(night.workspace, cycle.agent)
    _check_answers(runtime, cycle, AgentVersionId(cycle.candidate or ""))
    share = share_of_canary(runtime, cycle)
    deployment = new_deployment(cycle, stable=agent.live, share=share, now=runtime.now())
    with runtime.store.transaction():
        note(runtime, night, deployment=deployment.id)
        deploy.start_canary(runtime.store, deployment)
    return deployment.id


@step
def watch_canary(runtime: Runtime, night: Night) -> Verdict | Pending:
    """Look at what the canary's users say."""
    seen = _assess(runtime, night)
    note(runtime, night, reason=seen.reason)
    return seen.verdict or Pending(seen.reason)


@step
def roll_back(runtime: Runtime, night: Night) -> bool:
    """Take the canary back; it is kept for study."""
    cycle = read_cycle(runtime, night)
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
    cycle = read_cycle(runtime, night)
    deploy.promote(runtime.store, night.workspace, _deployment(cycle), reason=cycle.reason, now=runtime.now())
    return True


def conclude(runtime: Runtime, night: Night, *, ending: Ending, reason: str) -> None:
    """Write the ending down, unless there is one, and leave nothing of the night running.

    A training of this process is stopped; a canary that is still out is rolled back. Nobody can roll one out
    meanwhile: whoever notes it waits for this transaction, and finds that the night is over.
    """
    store = runtime.store
    with store.transaction():
        cycle = read_cycle(runtime, night)
        ended = {"ending": ending, "ended": runtime.now(), "reason": reason or cycle.reason}
        if store.cycles.note(night.workspace, night.cycle, **ended):
            _take_back(runtime, read_cycle(runtime, night))
            store.notifications.insert_ignore(*tell_ending(read_cycle(runtime, night)))
        budget.close(store, night.workspace, BudgetId(cycle.id), now=runtime.now())
    job = store.training_jobs.find(night.workspace, job_id(cycle.id))
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


def _assess(runtime: Runtime, night: Night) -> Assessment:
    """Weigh what the canary's users have said so far."""
    return deploy.watch(
        runtime.store,
        night.workspace,
        _deployment(read_cycle(runtime, night)),
        settings=runtime.settings.deploy,
        now=runtime.now(),
        clock_doubt=runtime.doubt_clock(),
    )


def _deployment(cycle: Cycle) -> DeploymentId:
    return DeploymentId(cycle.deployment or "")


def _say_unmendable(runtime: Runtime, cycle: Cycle, *, weaknesses: int) -> str:
    """Say why no number of rated conversations lets a whole night mend what it found; empty where it can."""
    if cycle.story != CycleKind.IMPROVE:
        return ""
    obstacles = find_obstacles(runtime, runtime.store.agents.get(cycle.workspace, cycle.agent), cycle)
    if not all(obstacles.values()):
        return ""
    reasons = " ".join(f"{name}: {obstacle}" for name, obstacle in obstacles.items())
    return f"Weaknesses found: {weaknesses}. No lever can mend them, so no teacher was asked. {reasons}"


def _check_answers(runtime: Runtime, cycle: Cycle, version: AgentVersionId) -> None:
    """Make sure that a version is served and answers a question.

    Raises:
        UpspiralError: It does not; says why.
    """
    found, model = runtime.version(cycle.workspace, version, runtime.charge(cycle, Purpose.PROBE))
    question = runtime.settings.deploy.probe_question
    asyncio.run(ask_probe(found, model, question, recall=runtime.memories.recall))


def _check_disk(runtime: Runtime) -> None:
    free = shutil.disk_usage(runtime.data).free / 1e9
    needed = runtime.settings.cycle.disk_free_gb
    if free < needed:
        raise ConfigError(
            f"The disk of {runtime.data} has {free:.2f} GB free, and a night needs {needed:g} GB.",
            hint="Free some space, or lower cycle.disk_free_gb.",
        )
