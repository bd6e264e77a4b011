"""What was thought of it: now, or days later, by any id of the Interaction."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from msgspec.structs import replace

from upspiral import capture
from upspiral.capture import Given
from upspiral.capture.ingest_policy import as_implicit_hint
from upspiral.capture.redaction import count_chars
from upspiral.domain import PendingFeedback, Scope
from upspiral.server import mapping
from upspiral.server.batches import IN_PART, sort_items, tell_batch
from upspiral.server.deps import Asking, CallerApp, json_response
from upspiral.server.errors import error_response
from upspiral.server.idempotency import write_once
from upspiral.server.paging import After, Limit, page
from upspiral.server.policy import allows
from upspiral.server.schemas.capture import FeedbackBatch, RatedBody, ResponseBody, Signals

router = APIRouter(tags=["capture"])


@router.post("/api/v1/feedback", status_code=201, response_model=None, responses=IN_PART)
@allows(Scope.FEEDBACK, atomic=True)
async def create_feedback(body: Signals, app: CallerApp, request: Request) -> Response:
    """Record one signal, or up to 1,000; now, or days after the Interaction. Gives the Outcomes.

    A signal may name its Interaction by its id, its trace, its conversation or the client's own id. One that
    finds nothing by the last three, or that says `wait`, is kept and joined when the Interaction comes. A
    known id with other content is refused (409). Of a batch the good ones are kept; where some are refused
    the answer is 207, and `refused` says which and why.
    """
    if isinstance(body, FeedbackBatch):
        return await _give_batch(app, request, body)
    signal = mapping.to_feedback(body, app)

    def tell(given: Given) -> Response:
        said = {"feedback": [signal.id], "outcomes": given.outcomes, "waiting": given.waiting}
        return json_response(said, 201)

    return await give(app, request, [signal], wait=body.wait, tell=tell)


async def _give_batch(app: CallerApp, request: Request, body: FeedbackBatch) -> Response:
    found = sort_items("feedback", body.feedback, lambda one: mapping.to_feedback(one, app))
    wait = [body.feedback[place].wait for place in found.good]
    runtime, now, settings = app.runtime, app.runtime.now(), app.settings.capture
    hidden = await _redact(app, list(found.good.values()))

    def work() -> Response:
        given = capture.give_named(runtime.store, hidden, settings=settings, now=now, wait=wait)
        batch = found.with_refused(given.refused)
        ids = [one.id for one in batch.good.values()]
        said = {"feedback": ids, "outcomes": given.outcomes, "waiting": given.waiting}
        return tell_batch(batch, said, request.url.path)

    return await write_once(request.scope, runtime, work, rows=len(hidden))


@router.get("/api/v1/feedback", response_model=None)
@allows(Scope.READ)
def list_feedback(
    app: CallerApp,
    interaction: Annotated[str | None, Query(max_length=200)] = None,
    limit: Limit = 100,
    after: After = None,
) -> Response:
    """Read feedback back, newest first: of one Interaction, or all; `next` leads to the following page."""
    store = app.runtime.store
    return page(lambda mark, n: store.feedback.page(app.workspace, interaction, mark, n), after, limit)


@router.post("/api/analytics/response-quality/feedback", status_code=201, response_model=None)
@allows(Scope.FEEDBACK, atomic=True)
async def rate_response(body: RatedBody, app: CallerApp, request: Request) -> Response:
    """Record feedback on a response."""

    def tell(given: Given) -> Response:
        return json_response({"success": True, "outcome": given.outcomes[0]}, 201)

    return await give(app, request, [mapping.component_to_feedback(body, app)], wait=False, tell=tell)


@router.post("/api/analytics/response-quality/response", status_code=201, response_model=None)
@allows(Scope.INGEST, atomic=True)
async def record_response(body: ResponseBody, app: CallerApp, who: Asking, request: Request) -> Response:
    """Record a response together with its feedback; without the scope `feedback` that is a mere hint."""
    runtime, admission = app.runtime, app.runtime.admission(app.workspace)
    now, settings, made = runtime.now(), app.settings.capture, mapping.response(body, app)
    one = await runtime.redact(lambda: admission.interaction(made), chars=count_chars([made]))
    rated = body.thumbs or body.rating is not None or body.comment or body.correction or body.labels
    said = [mapping.response_to_feedback(body, app)] if rated else []
    if not who.may(Scope.FEEDBACK):
        said = [replace(one, signal=as_implicit_hint(one.signal)) for one in said]
    hidden = await _redact(app, said)

    def work() -> Response:
        recorded = capture.record_or_refuse(runtime.store, [one], now=now)
        if recorded.refused:
            return error_response(request.scope, recorded.refused[0])
        wait = [False] * len(hidden)
        given = capture.give_named(runtime.store, hidden, settings=settings, now=now, wait=wait)
        return json_response(
            {"success": True, "id": one.id, "outcome": next(iter(given.outcomes), None)}, 201
        )

    return await write_once(request.scope, runtime, work, rows=1 + len(hidden))


async def give(
    app: CallerApp,
    request: Request,
    signals: list[PendingFeedback],
    *,
    wait: bool,
    tell: Callable[[Given], Response],
) -> Response:
    """Write signals down, redacted, and fold the Outcomes again; refused as a whole where one is refused.

    Args:
        app: The app.
        request: Of the caller.
        signals: What was said.
        wait: May those wait whose Interaction has not come?
        tell: Gives the answer.
    """
    runtime, now, settings = app.runtime, app.runtime.now(), app.settings.capture
    hidden = await _redact(app, signals)

    def work() -> Response:
        waits = [wait] * len(hidden)
        given = capture.give_named(runtime.store, hidden, settings=settings, now=now, wait=waits)
        if len(given.refused) < len(hidden) and given.refused:
            raise given.refused[min(given.refused)]  # nothing of this request is kept
        return error_response(request.scope, given.refused[0]) if given.refused else tell(given)

    return await write_once(request.scope, runtime, work, rows=len(hidden))


async def _redact(app: CallerApp, signals: list[PendingFeedback]) -> list[PendingFeedback]:
    admission = app.runtime.admission(app.workspace)
    chars = sum(len(one.signal.comment or "") + len(one.signal.correction or "") for one in signals)
    return await app.runtime.redact(lambda: admission.early(signals), chars=chars)
