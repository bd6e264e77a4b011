"""Nights and their parts: cycles, datasets, jobs, evaluations, deployments."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query

from upspiral.admin import approvals, labels
from upspiral.admin.agents import adopt_adapter, resolve_version
from upspiral.cursor import Cursor
from upspiral.cycle.comparison import compare_versions
from upspiral.domain import (
    Cycle,
    CycleKind,
    Dataset,
    Deployment,
    EvalReport,
    GateDecision,
    Scope,
    TrainingJob,
)
from upspiral.domain.ids import AgentId, CycleId
from upspiral.domain.judgment import PairLabel
from upspiral.domain.learning.approval import Approval
from upspiral.errors import AuthFailed, BudgetSpent, ConfigError, Forbidden, HostError, NotFound, Rejected
from upspiral.evaluate import CaseSet
from upspiral.queries import approvals as approval_query
from upspiral.queries import labels as label_query
from upspiral.queries import nights as query
from upspiral.queries.approvals import ApprovalCard
from upspiral.queries.labels import PairToLabel
from upspiral.queries.nights import CycleDetails, DatasetDetails
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import AgentFilter, Asking, CallerApp
from upspiral.server.paging import After, Limit, Page, answer_all, answer_page
from upspiral.server.policy import allows
from upspiral.server.schemas.nights import (
    ApprovalBody,
    CancelBody,
    ComparisonBody,
    CycleBody,
    LabelBody,
    RollbackBody,
)

router = TypedRouter(prefix="/api/v1", tags=["nights"])
RaterName = Annotated[str | None, Query(max_length=200)]


@router.post("/cycles", status_code=202)
@allows(Scope.OPERATE, Scope.MODEL_TRAINING, errors=(NotFound,))
def start_cycle(body: CycleBody, app: CallerApp, asking: Asking) -> Answer[Cycle]:
    """Start a night, or one part of it; it survives a restart."""
    story = CycleKind(body.story)
    if story is not CycleKind.TRAIN and not asking.may(Scope.OPERATE):
        raise Forbidden(f"This key may start trainings, not {story}.", hint="Use a key with scope operate.")
    if body.adapter and not asking.is_installation_admin:
        raise Forbidden(
            "An adapter folder is on the server, so only an administrator of the installation names one.",
            hint="Use the local key, or another of the default workspace with the scope admin.",
        )
    options: dict[str, Any] = {"forced": body.forced, "share": body.share, "levers": tuple(body.levers)}
    agent = app.agent(body.agent)
    if story is CycleKind.TRAIN:
        name = AgentId(body.agent)
        found = query.find_dataset(app.runtime, app.workspace, name, dataset=body.dataset)
        options["dataset"] = found.id
    if story is CycleKind.DEPLOY:
        options["forced"] = True
        version = (
            adopt_adapter(app.runtime, agent, Path(body.adapter))
            if body.adapter
            else resolve_version(app.runtime, agent, body.version or "")
        )
        approvals.check_approved(app.runtime, version)
        options["candidate"] = version.id
    return json_response(app.begin(story, agent.id, **options), 202)


@router.get("/cycles")
@allows(Scope.READ)
def list_cycles(
    app: CallerApp, agent: AgentFilter, limit: Limit = 100, after: After = None
) -> Answer[Page[Cycle]]:
    """List nights, newest first: of one agent, or of all."""
    return answer_page(
        lambda place, n: query.list_cycles(app.runtime, app.workspace, agent=agent, after=place, limit=n),
        after,
        limit,
        place=lambda one: Cursor(one.started, one.id),
    )


@router.get("/cycles/{cycle}")
@allows(Scope.READ)
def get_cycle(cycle: str, app: CallerApp) -> Answer[CycleDetails]:
    """Show a night with everything it made and did."""
    return json_response(query.show_cycle(app.runtime, app.workspace, cycle))


@router.post("/cycles/{cycle}/cancel")
@allows(Scope.OPERATE)
def cancel_cycle(cycle: str, body: CancelBody, app: CallerApp) -> Answer[Cycle]:
    """End a night: its training stops, its canary is rolled back, the live version stays."""
    return json_response(app.cancel(CycleId(cycle), reason=body.reason))


@router.get("/datasets")
@allows(Scope.READ)
def list_datasets(
    app: CallerApp, agent: AgentFilter, limit: Limit = 100, after: After = None
) -> Answer[Page[Dataset]]:
    """List Datasets without their Examples, newest first: of one agent, or of all."""
    return answer_page(
        lambda place, n: query.list_datasets(app.runtime, app.workspace, agent=agent, after=place, limit=n),
        after,
        limit,
    )


@router.get("/datasets/{dataset}")
@allows(Scope.READ)
def get_dataset(dataset: str, app: CallerApp) -> Answer[DatasetDetails]:
    """Show a Dataset with its Examples."""
    return json_response(query.show_dataset(app.runtime, app.workspace, dataset))


@router.get("/jobs")
@allows(Scope.READ, Scope.MODEL_TRAINING)
def list_jobs(
    app: CallerApp, agent: AgentFilter, limit: Limit = 100, after: After = None
) -> Answer[Page[TrainingJob]]:
    """List training jobs, newest first: of one agent, or of all."""
    return answer_page(
        lambda place, n: query.list_jobs(app.runtime, app.workspace, agent=agent, after=place, limit=n),
        after,
        limit,
        place=lambda one: Cursor(one.created, one.id),
    )


@router.get("/jobs/{job}")
@allows(Scope.READ, Scope.MODEL_TRAINING)
def get_job(job: str, app: CallerApp) -> Answer[TrainingJob]:
    """Show a training job."""
    return json_response(query.get_job(app.runtime, app.workspace, job))


@router.post("/evaluations", status_code=201, operation_id="compare_versions")
@allows(Scope.OPERATE, errors=(NotFound, ConfigError, HostError, Rejected, AuthFailed, BudgetSpent))
def compare(body: ComparisonBody, app: CallerApp) -> Answer[EvalReport]:
    """Let two versions answer the held-out cases and compare them; spends nothing of the gate's ledger.

    Paid calls count as those of a night, against a budget of their own with the limits of a night.
    """
    runtime, agent = app.runtime, app.agent(body.agent)
    candidate, incumbent = (
        resolve_version(runtime, agent, name) for name in (body.candidate, body.incumbent)
    )
    cases = CaseSet(query.find_dataset(runtime, app.workspace, agent.id, dataset=body.dataset))
    report = asyncio.run(compare_versions(runtime, cases, candidate=candidate, incumbent=incumbent))
    return json_response(report, 201)


@router.get("/evaluations")
@allows(Scope.READ)
def list_evaluations(
    app: CallerApp, agent: AgentFilter, limit: Limit = 100, after: After = None
) -> Answer[Page[EvalReport]]:
    """List the comparisons of two versions, newest first: of one agent, or of all."""
    return answer_page(
        lambda place, n: query.list_evaluations(
            app.runtime, app.workspace, agent=agent, after=place, limit=n
        ),
        after,
        limit,
    )


@router.get("/evaluations/{evaluation}")
@allows(Scope.READ)
def get_evaluation(evaluation: str, app: CallerApp) -> Answer[EvalReport]:
    """Show a comparison of two versions, with every case."""
    return json_response(query.get_evaluation(app.runtime, app.workspace, evaluation))


@router.get("/evaluations/{evaluation}/pairs")
@allows(Scope.READ)
def list_pairs_to_label(
    evaluation: str, app: CallerApp, rater: RaterName = None
) -> Answer[Page[PairToLabel]]:
    """List the pairs of a comparison by a judge as people are to label them; without those of a rater."""
    return answer_all(label_query.list_pairs_to_label(app.runtime, app.workspace, evaluation, rater=rater))


@router.get("/evaluations/{evaluation}/labels")
@allows(Scope.READ)
def list_labels(evaluation: str, app: CallerApp) -> Answer[Page[PairLabel]]:
    """List what people said of the pairs of a comparison, oldest first."""
    return answer_all(label_query.list_labels(app.runtime, app.workspace, evaluation))


@router.post("/evaluations/{evaluation}/labels", status_code=201)
@allows(Scope.FEEDBACK, Scope.OPERATE)
def give_label(evaluation: str, body: LabelBody, app: CallerApp) -> Answer[PairLabel]:
    """Say which answer of a pair is better; a second label of the same rater replaces the first."""
    label = labels.give_label(
        app.runtime, app.workspace, evaluation, pair=body.pair, rater=body.rater, better=body.better
    )
    return json_response(label, 201)


@router.post("/evaluations/{evaluation}/decision")
@allows(Scope.OPERATE)
def ask_gate(evaluation: str, app: CallerApp) -> Answer[GateDecision]:
    """Ask the gate about a comparison; what was decided stays, unless too little was known of the judge."""
    return json_response(labels.ask_gate(app.runtime, app.workspace, evaluation))


@router.get("/approvals")
@allows(Scope.READ)
def list_approvals(app: CallerApp, agent: AgentFilter, is_open: bool = False) -> Answer[Page[ApprovalCard]]:
    """List the learned texts that people are asked about, newest first; or only those that still wait."""
    return answer_all(approval_query.list_approvals(app.runtime, app.workspace, agent=agent, is_open=is_open))


@router.get("/approvals/{approval}")
@allows(Scope.READ)
def get_approval(approval: str, app: CallerApp) -> Answer[ApprovalCard]:
    """Show a learned text that a person is asked about, as a diff, with its origin."""
    return json_response(approval_query.show_approval(app.runtime, app.workspace, approval))


@router.post("/approvals/{approval}/decision")
@allows(Scope.OPERATE)
def decide_approval(approval: str, body: ApprovalBody, app: CallerApp, asking: Asking) -> Answer[Approval]:
    """Approve a learned text, which then competes in the next night, or refuse it."""
    answer = approvals.ApprovalDecision(body.approved, body.by)
    return json_response(approvals.decide(app.runtime, app.workspace, approval, answer=answer, asking=asking))


@router.get("/deployments")
@allows(Scope.READ)
def list_deployments(
    app: CallerApp, agent: AgentFilter, limit: Limit = 100, after: After = None
) -> Answer[Page[Deployment]]:
    """List Deployments, newest first: of one agent, or of all."""
    return answer_page(
        lambda place, n: query.list_deployments(
            app.runtime, app.workspace, agent=agent, after=place, limit=n
        ),
        after,
        limit,
        place=lambda one: Cursor(one.started, one.id),
    )


@router.post("/deployments/rollback")
@allows(Scope.OPERATE, errors=(NotFound,))
def roll_back(body: RollbackBody, app: CallerApp) -> Answer[Deployment]:
    """Roll back the running canary, or else the version promoted last."""
    return json_response(app.rollback(app.agent(body.agent).id, reason=body.reason))
