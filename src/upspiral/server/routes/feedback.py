"""What was thought of it: now, or days later, by any id of the Interaction."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from msgspec.structs import replace

from upspiral import capture
from upspiral.capture import Given
from upspiral.capture.admit import unvouched
from upspiral.domain import EarlyFeedback, Scope
from upspiral.server import nouns
from upspiral.server.deps import Asking, Spiral, answer
from upspiral.server.paging import After, Limit, page
from upspiral.server.policy import allows
from upspiral.server.schemas.capture import FeedbackBatch, RatedBody, ResponseBody, Signals

router = APIRouter(tags=["capture"])


@router.post("/api/v1/feedback", status_code=201, response_model=None)
@allows(Scope.FEEDBACK)
async def create_feedback(body: Signals, spiral: Spiral) -> Response:
    """Record one signal, or up to 1,000; now, or days after the Interaction. Gives the Outcomes.

    A signal may name its Interaction by its id, its trace, its conversation or the client's own id. One that
    finds nothing by the last three, or that says `wait`, is kept and joined when the Interaction comes.
    """
    bodies = body.feedback if isinstance(body, FeedbackBatch) else [body]
    signals = [nouns.signal(one, spiral) for one in bodies]
    given = await give(spiral, signals, wait=any(one.wait for one in bodies))
    said = {"feedback": [s.id for s in signals], "outcomes": given.outcomes, "waiting": given.waiting}
    return answer(said, 201)


@router.get("/api/v1/feedback", response_model=None)
@allows(Scope.READ)
def list_feedback(
    spiral: Spiral,
    interaction: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 100,
    after: After = None,
) -> Response:
    """Read feedback back, newest first: of one Interaction, or all; `next` leads to the following page."""
    store = spiral.runtime.store
    return page(lambda mark, n: store.feedback.page(spiral.workspace, interaction, mark, n), after, limit)


@router.post("/api/analytics/response-quality/feedback", status_code=201, response_model=None)
@allows(Scope.FEEDBACK)
async def rate_response(body: RatedBody, spiral: Spiral) -> Response:
    """Record feedback on a response."""
    given = await give(spiral, [nouns.rated(body, spiral)], wait=False)
    return answer({"success": True, "outcome": given.outcomes[0]}, 201)


@router.post("/api/analytics/response-quality/response", status_code=201, response_model=None)
@allows(Scope.INGEST)
async def record_response(body: ResponseBody, spiral: Spiral, who: Asking) -> Response:
    """Record a response together with its feedback; without the scope `feedback` that is a mere hint."""
    runtime = spiral.runtime
    kept = runtime.admission(spiral.workspace).interaction(nouns.response(body, spiral))
    rated = body.thumbs or body.rating is not None or body.comment or body.correction or body.labels
    await runtime.write(lambda: capture.record(runtime.store, kept, now=runtime.now()))
    said = [nouns.rated(body, spiral)] if rated else []
    if not who.may(Scope.FEEDBACK):
        said = [replace(one, signal=unvouched(one.signal)) for one in said]
    given = await give(spiral, said, wait=False)
    return answer({"success": True, "id": kept.id, "outcome": next(iter(given.outcomes), None)}, 201)


async def give(spiral: Spiral, signals: list[EarlyFeedback], *, wait: bool) -> Given:
    """Write signals down, redacted, and fold the Outcomes anew.

    Raises:
        NotFound: An Interaction does not exist and its signal may not wait.
    """
    runtime, now = spiral.runtime, spiral.runtime.now()
    hidden = runtime.admission(spiral.workspace).early(signals)
    settings = spiral.settings.capture
    return await runtime.write(
        lambda: capture.give_named(runtime.store, hidden, settings=settings, now=now, wait=wait),
        rows=len(hidden),
    )
