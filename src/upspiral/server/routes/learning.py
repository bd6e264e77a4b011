"""What agents recommend, how it turned out, and what is learned from it."""

from typing import Annotated

from fastapi import Path, Request

from upspiral.admin.agents import require_agent
from upspiral.analyze.recommendations import suggest_decision_rules
from upspiral.capture import Given
from upspiral.capture.redaction import count_chars
from upspiral.domain import Scope
from upspiral.domain.learning import AgentProfile, Category, Learned, LearnedPattern, LearningIteration, Rule
from upspiral.errors import NotFound
from upspiral.queries import interactions, learning
from upspiral.queries.learning import LearningStats
from upspiral.server import mapping
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import CallerApp
from upspiral.server.paging import After, Limit, Page, answer_all, answer_page_as
from upspiral.server.policy import allows
from upspiral.server.recommendations import tell_details, tell_recommendation, tell_tracked
from upspiral.server.routes.feedback import give
from upspiral.server.routes.interactions import keep_one
from upspiral.server.schemas.answers.recommendations import (
    EvaluatedRecommendation,
    Recommendation,
    RecommendationDetails,
    TrackedRecommendation,
)
from upspiral.server.schemas.capture import EvaluationBody, LearningBody, RecommendationBody

router = TypedRouter(prefix="/api/v1/learning", tags=["learning"])
Ident = Annotated[str, Path(max_length=200)]


@router.post("/recommendations/track", status_code=201)
@allows(Scope.INGEST, atomic=True)
async def track_recommendation(
    body: RecommendationBody, app: CallerApp, request: Request
) -> Answer[TrackedRecommendation]:
    """Record what an agent recommends: an Interaction of kind `recommendation`."""
    admission, made = app.runtime.admission(app.workspace), mapping.recommendation(body, app)
    one = await app.runtime.redact(lambda: admission.interaction(made), chars=count_chars([made]))
    return await keep_one(app, request, one, tell=tell_tracked)


@router.get("/recommendations/{recommendation_id}")
@allows(Scope.READ)
def get_recommendation(recommendation_id: Ident, app: CallerApp) -> Answer[RecommendationDetails]:
    """Show one recommendation, and how it turned out."""
    found = interactions.show_recommendation(app.runtime, app.workspace, recommendation_id)
    return json_response(tell_details(found.interaction, found.outcome, found.feedback))


@router.get("/recommendations/agent/{agent_id}")
@allows(Scope.READ)
def list_recommendations(
    agent_id: Ident, app: CallerApp, limit: Limit = 100, after: After = None
) -> Answer[Page[Recommendation]]:
    """List an agent's recommendations, newest first, each with how it turned out."""
    agent = require_agent(app.runtime, app.workspace, agent_id)
    return answer_page_as(
        lambda row: tell_recommendation(*row),
        lambda place, n: interactions.list_recommendations(
            app.runtime, app.workspace, agent, after=place, limit=n
        ),
        after,
        limit,
        place=lambda row: interactions.place_of(row[0]),
    )


@router.post("/outcomes/evaluate", status_code=201)
@allows(Scope.FEEDBACK, atomic=True)
async def evaluate_outcome(
    body: EvaluationBody, app: CallerApp, request: Request
) -> Answer[EvaluatedRecommendation]:
    """Say how a recommendation turned out; it may arrive before the recommendation itself."""
    signal = mapping.evaluation_to_feedback(body, app)

    def tell(given: Given) -> EvaluatedRecommendation:
        outcome = next(iter(given.outcomes), None)
        return EvaluatedRecommendation(outcome_id=signal.id, outcome=outcome, waiting=bool(given.waiting))

    return await give(app, request, [signal], wait=True, tell=tell)


@router.post("/learning-cycles/trigger", status_code=201)
@allows(Scope.OPERATE)
def trigger_cycle(body: LearningBody, app: CallerApp) -> Answer[Learned]:
    """Run the learning cycle now; every day at 02:00 a server runs it by itself."""
    run = app.learn(lookback_days=body.lookback_days, min_confidence=body.min_pattern_confidence)
    return json_response(run.learned, 201)


@router.get("/iterations")
@allows(Scope.READ)
def list_iterations(
    app: CallerApp, limit: Limit = 100, after: After = None
) -> Answer[Page[LearningIteration]]:
    """List the learning cycles that have run, newest first, each as it was measured last."""
    return answer_page_as(
        lambda run: run.learned.iteration,
        lambda place, n: learning.list_iterations(app.runtime, app.workspace, after=place, limit=n),
        after,
        limit,
    )


@router.get("/iterations/{iteration_id}")
@allows(Scope.READ)
def get_iteration(iteration_id: Ident, app: CallerApp) -> Answer[Learned]:
    """Show all that one learning cycle left behind: patterns, rules, profiles and insights."""
    return json_response(learning.get_iteration(app.runtime, app.workspace, iteration_id))


@router.get("/patterns")
@allows(Scope.READ)
def list_learned(app: CallerApp, category: Category | None = None) -> Answer[Page[LearnedPattern]]:
    """List what the newest learning cycle found, the surest first."""
    learned = app.read_learned()
    found = [one for one in learned.patterns if category in (None, one.category)] if learned else []
    hint = None if found else learning.explain_nothing_learned(app.runtime, learned)
    return answer_all(sorted(found, key=lambda one: (-one.confidence_level, one.id)), hint=hint)


@router.get("/rules")
@allows(Scope.READ)
def list_rules(app: CallerApp, request: Request) -> Answer[Page[Rule]]:
    """List the active rules that bear on a situation, such as `?task_type=strategy`; without one, all."""
    learned = app.read_learned()
    context = dict(list(request.query_params.items())[:50])
    rules = suggest_decision_rules(learned.rules, context) if learned else []
    return answer_all(rules, hint=None if rules else learning.explain_no_rule(app.runtime, learned))


@router.get("/agent-profiles/{agent_id}")
@allows(Scope.READ)
def get_profile(agent_id: Ident, app: CallerApp) -> Answer[AgentProfile]:
    """Show what an agent is good and bad at, and whether it knows."""
    learned = app.read_learned()
    for profile in learned.profiles if learned else ():
        if profile.agent == agent_id:
            return json_response(profile)
    raise NotFound(
        f"There is no profile of agent {agent_id!r} yet.", hint="Run a learning cycle once it has outcomes."
    )


@router.get("/stats")
@allows(Scope.READ)
def get_stats(app: CallerApp) -> Answer[LearningStats]:
    """Count what was recommended, how it turned out, and what was learned."""
    return json_response(learning.measure_learning(app.runtime, app.workspace, app.read_learned()))
