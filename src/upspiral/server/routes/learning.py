"""What agents recommend, and how it turned out."""

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import Response

from upspiral import capture
from upspiral.domain import Interaction, Kind, Scope
from upspiral.errors import NotFound
from upspiral.server import nouns
from upspiral.server.deps import Spiral, answer
from upspiral.server.paging import After, Limit, page
from upspiral.server.policy import allows
from upspiral.server.routes.feedback import give
from upspiral.server.schemas.capture import EvaluationBody, RecommendationBody
from upspiral.store.nouns.interactions import Wanted

router = APIRouter(prefix="/api/v1/learning", tags=["learning"])
Ident = Annotated[str, Path(max_length=200)]


@router.post("/recommendations/track", status_code=201, response_model=None)
@allows(Scope.INGEST)
async def track_recommendation(body: RecommendationBody, spiral: Spiral) -> Response:
    """Record what an agent recommends: an Interaction of kind `recommendation`."""
    runtime = spiral.runtime
    kept = runtime.admission(spiral.workspace).interaction(nouns.recommendation(body, spiral))
    await runtime.write(lambda: capture.record(runtime.store, kept))
    return answer({"recommendation_id": kept.id, **_told(kept)}, 201)


@router.get("/recommendations/{recommendation_id}", response_model=None)
@allows(Scope.READ)
def get_recommendation(recommendation_id: Ident, spiral: Spiral) -> Response:
    """Show one recommendation, and how it turned out."""
    store = spiral.runtime.store
    found = store.interactions.get(spiral.workspace, recommendation_id)
    if found.kind != Kind.RECOMMENDATION:
        raise NotFound(
            f"{recommendation_id!r} is no recommendation.", hint="It is a request; see interactions."
        )
    outcome = store.outcomes.of(spiral.workspace, [found.id]).get(found.id)
    signals = store.feedback.about(spiral.workspace, [found.id])
    return answer({**_told(found), "outcome": outcome, "feedback": signals})


@router.get("/recommendations/agent/{agent_id}", response_model=None)
@allows(Scope.READ)
def list_recommendations(
    agent_id: Ident, spiral: Spiral, limit: Limit = 100, after: After = None
) -> Response:
    """List an agent's recommendations, newest first."""
    wanted = Wanted(named={"agent": agent_id, "kind": Kind.RECOMMENDATION})
    store = spiral.runtime.store
    return page(lambda mark, n: store.interactions.page(spiral.workspace, wanted, mark, n), after, limit)


@router.post("/outcomes/evaluate", status_code=201, response_model=None)
@allows(Scope.FEEDBACK)
async def evaluate_outcome(body: EvaluationBody, spiral: Spiral) -> Response:
    """Say how a recommendation turned out; it may arrive before the recommendation itself."""
    signal = nouns.evaluation(body, spiral)
    given = await give(spiral, [signal], wait=True)
    said = {"outcome_id": signal.id, "outcome": next(iter(given.outcomes), None)}
    return answer({**said, "waiting": bool(given.waiting)}, 201)


def _told(found: Interaction) -> dict[str, object]:
    noted = found.metadata
    return {
        "id": found.id,
        "workspace": found.workspace,
        "agent_id": found.agent,
        "agent_name": noted.get("agent_name", ""),
        "type": noted.get("type", "other"),
        "content": found.answer,
        "confidence": float(noted["confidence"]) if "confidence" in noted else None,
        "reasoning": noted.get("reasoning"),
        "evidence": noted.get("evidence"),
        "correlation_id": noted.get("correlation_id"),
        "workflow_id": noted.get("workflow_id"),
        "at": found.at,
    }
