"""Nights and their parts: cycles, datasets, jobs, evaluations, deployments."""

import asyncio
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from upspiral import evaluate
from upspiral.admin.agents import adopt_adapter, resolve_version
from upspiral.domain import CycleKind, Dataset, Scope, Split
from upspiral.domain.ids import AgentId, CycleId
from upspiral.errors import Forbidden, NotFound
from upspiral.scorers import scorer
from upspiral.server.deps import AgentFilter, Asking, CallerApp, OneAgent, json_response
from upspiral.server.policy import allows
from upspiral.server.schemas.nights import CancelBody, ComparisonBody, CycleBody, RollbackBody

router = APIRouter(prefix="/api/v1", tags=["nights"])


@router.post("/cycles", status_code=202, response_model=None)
@allows(Scope.OPERATE, Scope.MODEL_TRAINING)
def start_cycle(body: CycleBody, app: CallerApp, asking: Asking) -> Response:
    """Start a night, or one part of it; it survives a restart."""
    story = CycleKind(body.story)
    if story is not CycleKind.TRAIN and not asking.may(Scope.OPERATE):
        raise Forbidden(f"This key may start trainings, not {story}.", hint="Use a key with scope operate.")
    if body.adapter and not asking.is_installation_admin:
        raise Forbidden(
            "An adapter folder is on the server, so only an administrator of the installation names one.",
            hint="Use the local key, or another of the default workspace with the scope admin.",
        )
    options: dict[str, Any] = {"forced": body.forced, "share": body.share}
    agent = app.agent(body.agent)
    if story is CycleKind.TRAIN:
        options["dataset"] = _dataset(app, AgentId(body.agent), body.dataset).id
    if story is CycleKind.DEPLOY:
        options["forced"] = True
        options["candidate"] = (
            adopt_adapter(app.runtime, agent, Path(body.adapter)).id
            if body.adapter
            else resolve_version(app.runtime, agent, body.version or "").id
        )
    return json_response(app.begin(story, agent.id, **options), 202)


@router.get("/cycles", response_model=None)
@allows(Scope.READ)
def list_cycles(app: CallerApp, agent: AgentFilter, limit: int = 100) -> Response:
    """List nights, newest first."""
    return json_response(app.runtime.store.cycles.of(app.workspace, agent, min(max(limit, 1), 1000)))


@router.get("/cycles/{cycle}", response_model=None)
@allows(Scope.READ)
def get_cycle(cycle: str, app: CallerApp) -> Response:
    """Show a night with everything it made and did."""
    store = app.runtime.store
    found = store.cycles.get(app.workspace, cycle)
    report = store.eval_reports.find(app.workspace, found.report) if found.report else None
    return json_response(
        {
            "cycle": found,
            "events": store.cycle_events.of(app.workspace, found.id),
            "patterns": store.patterns.many(app.workspace, found.patterns),
            "dataset": store.datasets.find(app.workspace, found.dataset) if found.dataset else None,
            "job": store.training_jobs.find(app.workspace, found.job) if found.job else None,
            "candidate": store.agent_versions.find(app.workspace, found.candidate)
            if found.candidate
            else None,
            "report": report,
            "decision": store.gate_decisions.find(app.workspace, found.decision) if found.decision else None,
            "deployment": store.deployments.find(app.workspace, found.deployment)
            if found.deployment
            else None,
        }
    )


@router.post("/cycles/{cycle}/cancel", response_model=None)
@allows(Scope.OPERATE)
def cancel_cycle(cycle: str, body: CancelBody, app: CallerApp) -> Response:
    """End a night: its training stops, its canary is rolled back, the live version stays."""
    return json_response(app.cancel(CycleId(cycle), reason=body.reason))


@router.get("/datasets/{dataset}", response_model=None)
@allows(Scope.READ)
def get_dataset(dataset: str, app: CallerApp) -> Response:
    """Show a Dataset with its Examples."""
    store = app.runtime.store
    found = store.datasets.get(app.workspace, dataset)
    return json_response(
        {
            "dataset": found,
            "train": store.examples.of(app.workspace, found.id, Split.TRAIN),
            "heldout": store.examples.of(app.workspace, found.id, Split.HELDOUT),
        }
    )


@router.get("/jobs", response_model=None)
@allows(Scope.READ, Scope.MODEL_TRAINING)
def list_jobs(app: CallerApp, agent: AgentFilter) -> Response:
    """List training jobs, newest first."""
    return json_response(app.runtime.store.training_jobs.latest(app.workspace, agent))


@router.get("/jobs/{job}", response_model=None)
@allows(Scope.READ, Scope.MODEL_TRAINING)
def get_job(job: str, app: CallerApp) -> Response:
    """Show a training job."""
    return json_response(app.runtime.store.training_jobs.get(app.workspace, job))


@router.post("/evaluations", status_code=201, response_model=None)
@allows(Scope.OPERATE)
def compare(body: ComparisonBody, app: CallerApp) -> Response:
    """Let two versions answer the held-out cases and compare them; spends nothing of the ledger."""
    runtime, agent = app.runtime, app.agent(body.agent)
    candidate, incumbent = (
        resolve_version(runtime, agent, name) for name in (body.candidate, body.incumbent)
    )
    report = asyncio.run(
        evaluate.compare(
            runtime.store,
            candidate=runtime.version(app.workspace, candidate.id),
            incumbent=runtime.version(app.workspace, incumbent.id),
            dataset=_dataset(app, agent.id, body.dataset),
            scorer=scorer(app.settings.evaluate.scorer, success_at=app.settings.capture.success_at),
            cycle=None,
            settings=app.settings.evaluate,
            now=runtime.now(),
        )
    )
    return json_response(report, 201)


@router.get("/deployments", response_model=None)
@allows(Scope.READ)
def list_deployments(app: CallerApp, agent: OneAgent) -> Response:
    """List an agent's Deployments, oldest first."""
    return json_response(app.runtime.store.deployments.of(app.workspace, agent))


@router.post("/deployments/rollback", response_model=None)
@allows(Scope.OPERATE)
def rollback(body: RollbackBody, app: CallerApp) -> Response:
    """Roll back the running canary, or else the version promoted last."""
    return json_response(app.rollback(app.agent(body.agent).id, reason=body.reason))


def _dataset(app: CallerApp, agent: AgentId, name: str | None) -> Dataset:
    store = app.runtime.store
    found = store.datasets.get(app.workspace, name) if name else store.datasets.latest(app.workspace, agent)
    if found is None:
        raise NotFound(
            f"Agent {agent!r} has no dataset yet.", hint=f"Make one with `upspiral curate {agent}`."
        )
    return found
