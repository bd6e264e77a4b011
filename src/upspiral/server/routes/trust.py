"""How far is each agent trusted, and what follows from it for its next decision?"""

from typing import Annotated

from fastapi import Path, Query, Request

from upspiral.admin.agents import require_agent
from upspiral.capture import Given
from upspiral.domain import Scope, Status
from upspiral.domain.ids import AgentId, derive
from upspiral.domain.learning import AgentStats, Boost, CycleDue, TrustScore, WorkflowEvaluated
from upspiral.errors import NotFound
from upspiral.queries import learning
from upspiral.queries.interactions import list_workflow
from upspiral.route.trust_score import decision_boost
from upspiral.server import mapping
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import CallerApp
from upspiral.server.paging import Page, answer_all
from upspiral.server.policy import allows
from upspiral.server.routes.feedback import give
from upspiral.server.schemas.capture import EvaluationBody
from upspiral.server.schemas.trust import WorkflowBody

router = TypedRouter(prefix="/api/v1/learning", tags=["learning"])
Ident = Annotated[str, Path(max_length=200)]
MAX_WORKFLOW_RECOMMENDATIONS = 1000
"""Recommendations of one workflow that are evaluated together."""


@router.get("/trust-scores/{agent_id}")
@allows(Scope.READ)
def get_trust(agent_id: Ident, app: CallerApp, initialize: bool = False) -> Answer[TrustScore]:
    """Show how far an agent is trusted, and what is believed of it in each domain.

    One that nothing is known of is not found; with `initialize=true` it has the score everybody begins with.
    """
    score = app.runtime.projections.trust(app.workspace).score(AgentId(agent_id))
    if not (initialize or score.sample_size or score.posterior):
        require_agent(app.runtime, app.workspace, agent_id)
    return json_response(score)


@router.get("/trust-scores")
@allows(Scope.READ)
def list_trust(
    app: CallerApp, min_trust: Annotated[float, Query(ge=0, le=1)] = 0.0
) -> Answer[Page[TrustScore]]:
    """List the agents, the one that most probably succeeds first; `min_trust` is of `expected_success`.

    The score of the four dimensions stands beside it as `overall_trust_score`.
    """
    scores = app.runtime.projections.trust(app.workspace).scores()
    return answer_all([one for one in scores if (one.expected_success or 0.0) >= min_trust])


@router.get("/boosts/{agent_id}")
@allows(Scope.READ, any_name=True)
def get_boost(
    agent_id: Ident, app: CallerApp, kind: Annotated[str, Query(alias="type", max_length=100)] = "other"
) -> Answer[Boost]:
    """Say by how much, from -0.2 to 0.2, to lean on an agent's decision of a type.

    Only what is sure counts: how far its 95 % interval lies above or below the mean of the other agents at
    that type. Each active rule about the agent and the type adds or takes 0.05.
    """
    scores = app.runtime.projections.trust(app.workspace).scores()
    rules = learning.list_newest_rules(app.runtime, app.workspace)
    return json_response(decision_boost(agent_id, kind, scores, rules))


@router.get("/agents/{agent_id}/stats")
@allows(Scope.READ)
def get_agent_stats(agent_id: Ident, app: CallerApp) -> Answer[AgentStats]:
    """Count what an agent recommended, and how it turned out."""
    agent = AgentId(agent_id)
    by_status = learning.count_recommendations(app.runtime, app.workspace, agent=agent)
    if not by_status:
        raise NotFound(f"Agent {agent_id!r} has recommended nothing.", hint="Check its name.")
    trust = app.runtime.projections.trust(app.workspace).score(agent)
    approved, rejected = by_status.get(Status.SUCCESS, 0), by_status.get(Status.FAILURE, 0)
    return json_response(
        AgentStats(
            agent_id=agent_id,
            total=sum(by_status.values()),
            settled=approved + rejected,
            approved=approved,
            rejected=rejected,
            approval_rate=trust.approval_rate,
            avg_quality_score=trust.avg_quality_score,
            trend=trust.trend,
        )
    )


@router.get("/learning-cycles/due")
@allows(Scope.READ)
def get_due(app: CallerApp) -> Answer[CycleDue]:
    """Say whether enough was labeled since the last learning cycle for another one."""
    return json_response(learning.check_due(app.runtime, app.workspace))


@router.post("/workflows/evaluate", status_code=201)
@allows(Scope.FEEDBACK, atomic=True, errors=(NotFound,))
async def evaluate_workflow(
    body: WorkflowBody, app: CallerApp, request: Request
) -> Answer[WorkflowEvaluated]:
    """Say how a whole workflow turned out; it counts for every recommendation in it.

    A recommendation that has not come yet keeps its part of the evaluation waiting.
    """
    ids = list(dict.fromkeys(body.recommendations)) or list_workflow(
        app.runtime, app.workspace, body.workflow_id, limit=MAX_WORKFLOW_RECOMMENDATIONS
    )
    if not ids:
        raise NotFound(
            f"No recommendation names the workflow {body.workflow_id!r}.", hint="Give recommendations."
        )
    status = mapping.verdict_of(body.overall_quality_score, app)
    base = body.id or app.runtime.mint("fb")
    signals = [
        mapping.evaluation_to_feedback(
            EvaluationBody(
                id=derive("fb", f"{base}/{ident}"),
                at=body.at,
                recommendation_id=ident,
                quality=body.overall_quality_score,
                comments=body.feedback,
                evaluator=body.evaluator,
            ),
            app,
        )
        for ident in ids
    ]

    def tell(given: Given) -> WorkflowEvaluated:
        late = set(given.waiting)
        return WorkflowEvaluated(
            workflow_id=body.workflow_id,
            recommendations=tuple(ids),
            waiting=tuple(one.key for one in signals if one.id in late),
            status=status,
            outcomes=tuple(given.outcomes),
        )

    return await give(app, request, signals, wait=True, tell=tell)
