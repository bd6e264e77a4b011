"""What agents recommend, how it turned out, and what is learned from it."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from upspiral.admin.agents import require_agent
from upspiral.analyze.recommendations import suggest_decision_rules
from upspiral.capture import Given
from upspiral.capture.redaction import count_chars
from upspiral.domain import Kind, Scope
from upspiral.domain.learning import Category
from upspiral.errors import NotFound
from upspiral.server import mapping
from upspiral.server.deps import CallerApp, json_response
from upspiral.server.paging import After, Limit, page
from upspiral.server.policy import allows
from upspiral.server.recommendations import tell_evaluation, tell_recommendation, tell_recommendations
from upspiral.server.routes.feedback import give
from upspiral.server.routes.interactions import keep_one
from upspiral.server.schemas.capture import EvaluationBody, LearningBody, RecommendationBody
from upspiral.store.repositories.interactions import InteractionFilter

router = APIRouter(prefix="/api/v1/learning", tags=["learning"])
Ident = Annotated[str, Path(max_length=200)]


@router.post("/recommendations/track", status_code=201, response_model=None)
@allows(Scope.INGEST, atomic=True)
async def track_recommendation(body: RecommendationBody, app: CallerApp, request: Request) -> Response:
    """Record what an agent recommends: an Interaction of kind `recommendation`."""
    admission, made = app.runtime.admission(app.workspace), mapping.recommendation(body, app)
    one = await app.runtime.redact(lambda: admission.interaction(made), chars=count_chars([made]))
    return await keep_one(
        app, request, one, tell=lambda kept: {"recommendation_id": kept.id, **tell_recommendation(kept)}
    )


@router.get("/recommendations/{recommendation_id}", response_model=None)
@allows(Scope.READ)
def get_recommendation(recommendation_id: Ident, app: CallerApp) -> Response:
    """Show one recommendation, and how it turned out."""
    store = app.runtime.store
    found = store.interactions.get(app.workspace, recommendation_id)
    if found.kind != Kind.RECOMMENDATION:
        raise NotFound(
            f"{recommendation_id!r} is no recommendation.", hint="It is a request; see interactions."
        )
    outcome = store.outcomes.of(app.workspace, [found.id]).get(found.id)
    signals = store.feedback.about(app.workspace, [found.id])
    told = tell_recommendation(found, outcome)
    return json_response({**told, "feedback": [tell_evaluation(signal) for signal in signals]})


@router.get("/recommendations/agent/{agent_id}", response_model=None)
@allows(Scope.READ)
def list_recommendations(
    agent_id: Ident, app: CallerApp, limit: Limit = 100, after: After = None
) -> Response:
    """List an agent's recommendations, newest first, each with how it turned out."""
    store, workspace = app.runtime.store, app.workspace
    wanted = InteractionFilter(
        named={"agent": require_agent(app.runtime, workspace, agent_id), "kind": Kind.RECOMMENDATION}
    )
    return page(
        lambda mark, n: store.interactions.page(workspace, wanted, mark, n),
        after,
        limit,
        tell=lambda rows: tell_recommendations(store, workspace, rows),
    )


@router.post("/outcomes/evaluate", status_code=201, response_model=None)
@allows(Scope.FEEDBACK, atomic=True)
async def evaluate_outcome(body: EvaluationBody, app: CallerApp, request: Request) -> Response:
    """Say how a recommendation turned out; it may arrive before the recommendation itself."""
    signal = mapping.evaluation_to_feedback(body, app)

    def tell(given: Given) -> Response:
        said = {"outcome_id": signal.id, "outcome": next(iter(given.outcomes), None)}
        return json_response({**said, "waiting": bool(given.waiting)}, 201)

    return await give(app, request, [signal], wait=True, tell=tell)


@router.post("/learning-cycles/trigger", status_code=201, response_model=None)
@allows(Scope.OPERATE)
def trigger_cycle(body: LearningBody, app: CallerApp) -> Response:
    """Run the learning cycle now; every day at 02:00 a server runs it by itself."""
    run = app.learn(lookback_days=body.lookback_days, min_confidence=body.min_pattern_confidence)
    return json_response(run.learned, 201)


@router.get("/iterations", response_model=None)
@allows(Scope.READ)
def list_iterations(app: CallerApp, limit: Limit = 100, after: After = None) -> Response:
    """List the learning cycles that have run, newest first, each as it was measured last."""
    runs = app.runtime.store.learning_runs
    return page(
        lambda mark, n: runs.page(app.workspace, mark, n),
        after,
        limit,
        tell=lambda rows: [one.learned.iteration for one in rows],
    )


@router.get("/iterations/{iteration_id}", response_model=None)
@allows(Scope.READ)
def get_iteration(iteration_id: Ident, app: CallerApp) -> Response:
    """Show all that one learning cycle left behind: patterns, rules, profiles and insights."""
    return json_response(app.runtime.store.learning_runs.get(app.workspace, iteration_id).learned)


@router.get("/patterns", response_model=None)
@allows(Scope.READ)
def list_learned(app: CallerApp, category: Category | None = None) -> Response:
    """List what the newest learning cycle found, the surest first."""
    learned = app.read_learned()
    found = [one for one in learned.patterns if category in (None, one.category)] if learned else []
    return json_response({"items": sorted(found, key=lambda one: (-one.confidence_level, one.id))})


@router.get("/rules", response_model=None)
@allows(Scope.READ)
def list_rules(app: CallerApp, request: Request) -> Response:
    """List the active rules that bear on a situation, such as `?task_type=strategy`; without one, all."""
    learned = app.read_learned()
    context = dict(list(request.query_params.items())[:50])
    return json_response({"items": suggest_decision_rules(learned.rules, context) if learned else []})


@router.get("/agent-profiles/{agent_id}", response_model=None)
@allows(Scope.READ)
def get_profile(agent_id: Ident, app: CallerApp) -> Response:
    """Show what an agent is good and bad at, and whether it knows."""
    learned = app.read_learned()
    for profile in learned.profiles if learned else ():
        if profile.agent == agent_id:
            return json_response(profile)
    raise NotFound(
        f"There is no profile of agent {agent_id!r} yet.", hint="Run a learning cycle once it has outcomes."
    )


@router.get("/stats", response_model=None)
@allows(Scope.READ)
def get_stats(app: CallerApp) -> Response:
    """Count what was recommended, how it turned out, and what was learned."""
    store, learned = app.runtime.store, app.read_learned()
    kinds = store.interactions.recommendations_by_status(app.workspace)
    return json_response(
        {
            "recommendations": sum(kinds.values()),
            "outcomes": kinds,
            "iterations": store.learning_runs.total(app.workspace),
            "patterns": len(learned.patterns) if learned else 0,
            "rules": len(learned.rules) if learned else 0,
            "agents": len(learned.profiles) if learned else 0,
            "iteration": learned.iteration if learned else None,
        }
    )
