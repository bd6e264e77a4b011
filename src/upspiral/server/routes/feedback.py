"""What was thought of it: now, or days later, by any id of the Interaction."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Query, Request
from msgspec.structs import replace

from upspiral import ingest
from upspiral.capture import Given
from upspiral.capture.ingest_policy import as_implicit_hint
from upspiral.capture.redaction import count_chars
from upspiral.domain import Feedback, PendingFeedback, Scope
from upspiral.errors import NotFound
from upspiral.queries import interactions as query
from upspiral.server import mapping
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.batches import IN_PART, answer_batch, sort_items
from upspiral.server.deps import Asking, CallerApp
from upspiral.server.errors import error_response
from upspiral.server.idempotency import write_once
from upspiral.server.paging import After, Limit, Page, answer_page
from upspiral.server.policy import allows
from upspiral.server.schemas.answers.capture import KeptFeedback, RatedResponse, RecordedResponse
from upspiral.server.schemas.capture import FeedbackBatch, Signals
from upspiral.server.schemas.responses import RatedBody, ResponseBody

T = TypeVar("T")
router = TypedRouter(tags=["capture"])


@router.post("/api/v1/feedback", status_code=201, responses=IN_PART)
@allows(Scope.FEEDBACK, atomic=True, errors=(NotFound,))
async def create_feedback(body: Signals, app: CallerApp, request: Request) -> Answer[KeptFeedback]:
    """Record one signal, or up to 1,000; now, or days after the Interaction. Gives the Outcomes.

    A signal may name its Interaction by its id, its trace, its conversation or the client's own id. One that
    finds nothing by the last three, or that says `wait`, is kept and joined when the Interaction comes. A
    known id with other content is refused (409). Of a batch the good ones are kept; where some are refused
    the answer is 207, and `refused` says which and why.
    """
    if isinstance(body, FeedbackBatch):
        return await _give_batch(app, request, body)
    signal = mapping.to_feedback(body, app)

    def tell(given: Given) -> KeptFeedback:
        return KeptFeedback(feedback=[signal.id], outcomes=given.outcomes, waiting=given.waiting)

    return await give(app, request, [signal], wait=body.wait, tell=tell)


async def _give_batch(app: CallerApp, request: Request, body: FeedbackBatch) -> Answer[KeptFeedback]:
    found = sort_items("feedback", body.feedback, lambda one: mapping.to_feedback(one, app))
    wait = [body.feedback[place].wait for place in found.good]
    hidden = await _redact(app, list(found.good.values()))

    def work() -> Answer[KeptFeedback]:
        given = ingest.record_feedback(app.runtime, hidden, wait=wait)
        batch = found.with_refused(given.refused)
        kept = KeptFeedback(
            feedback=[one.id for one in batch.good.values()],
            outcomes=given.outcomes,
            waiting=given.waiting,
            refused=batch.refusals(),
        )
        return answer_batch(batch, kept, request.url.path)

    return await write_once(request.scope, app.runtime, work, rows=len(hidden))


@router.get("/api/v1/feedback")
@allows(Scope.READ)
def list_feedback(
    app: CallerApp,
    interaction: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 100,
    after: After = None,
) -> Answer[Page[Feedback]]:
    """Read feedback back, newest first: of one Interaction, or all; `next` leads to the following page."""
    return answer_page(
        lambda place, n: query.list_feedback(
            app.runtime, app.workspace, interaction=interaction, after=place, limit=n
        ),
        after,
        limit,
    )


@router.post("/api/analytics/response-quality/feedback", status_code=201)
@allows(Scope.FEEDBACK, atomic=True, errors=(NotFound,))
async def rate_response(body: RatedBody, app: CallerApp, request: Request) -> Answer[RatedResponse]:
    """Record feedback on a response."""

    def tell(given: Given) -> RatedResponse:
        return RatedResponse(success=True, outcome=given.outcomes[0])

    return await give(app, request, mapping.component_to_feedback(body, app), wait=False, tell=tell)


@router.post("/api/analytics/response-quality/response", status_code=201)
@allows(Scope.INGEST, atomic=True)
async def record_response(
    body: ResponseBody, app: CallerApp, who: Asking, request: Request
) -> Answer[RecordedResponse]:
    """Record a response together with its feedback; without the scope `feedback` that is a mere hint."""
    runtime, admission = app.runtime, app.runtime.admission(app.workspace)
    made = mapping.response(body, app)
    one = await runtime.redact(lambda: admission.interaction(made), chars=count_chars([made]))
    said = mapping.response_to_feedback(body, app)
    if not who.may(Scope.FEEDBACK):
        said = [replace(one, signal=as_implicit_hint(one.signal)) for one in said]
    hidden = await _redact(app, said)

    def work() -> Answer[RecordedResponse]:
        recorded = ingest.record_interactions(runtime, [one])
        if recorded.refused:
            return error_response(request.scope, recorded.refused[0])
        given = ingest.record_feedback(runtime, hidden, wait=False)
        outcome = next(iter(given.outcomes), None)
        return json_response(RecordedResponse(success=True, id=one.id, outcome=outcome), 201)

    return await write_once(request.scope, runtime, work, rows=1 + len(hidden))


async def give(
    app: CallerApp,
    request: Request,
    signals: list[PendingFeedback],
    *,
    wait: bool,
    tell: Callable[[Given], T],
) -> Answer[T]:
    """Write signals down, redacted, and fold the Outcomes again; refused as a whole where one is refused.

    Args:
        app: The app.
        request: Of the caller.
        signals: What was said.
        wait: May those wait whose Interaction has not come?
        tell: Gives what is answered, with 201.
    """
    hidden = await _redact(app, signals)

    def work() -> Answer[T]:
        given = ingest.record_feedback(app.runtime, hidden, wait=wait)
        if len(given.refused) < len(hidden) and given.refused:
            raise given.refused[min(given.refused)]  # nothing of this request is kept
        if given.refused:
            return error_response(request.scope, given.refused[0])
        return json_response(tell(given), 201)

    return await write_once(request.scope, app.runtime, work, rows=len(hidden))


async def _redact(app: CallerApp, signals: list[PendingFeedback]) -> list[PendingFeedback]:
    admission = app.runtime.admission(app.workspace)
    chars = sum(len(one.signal.comment or "") + len(one.signal.correction or "") for one in signals)
    return await app.runtime.redact(lambda: admission.early(signals), chars=chars)
