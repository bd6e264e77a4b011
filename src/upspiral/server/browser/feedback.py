"""How does somebody rate an answer in a page that holds no key? By a token for that one answer."""

from fastapi import Request
from msgspec.structs import replace

from upspiral import ingest
from upspiral.admin.feedback_tokens import FeedbackTokens
from upspiral.app import App
from upspiral.capture.ingest_policy import as_implicit_hint
from upspiral.domain import PendingFeedback, Principal, Scope, Source
from upspiral.domain.access import FeedbackRight, FeedbackToken, IssuedToken
from upspiral.domain.feedback import ACTIONS
from upspiral.domain.ids import FeedbackId, InteractionId, derive
from upspiral.errors import Forbidden
from upspiral.queries.interactions import find_end_user
from upspiral.server import mapping
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import Asking, CallerApp, PageToken, principal_of
from upspiral.server.idempotency import run_once
from upspiral.server.policy import allows
from upspiral.server.schemas.access import FeedbackTokenBody
from upspiral.server.schemas.answers.capture import PageRating
from upspiral.server.schemas.responses import PageRatingBody, RatedBody

MAX_RATING_BYTES = 65_536
"""A comment and a correction fit in; more is not read."""
router = TypedRouter(prefix="/api/v1", tags=["capture"])


@router.post("/feedback-tokens", status_code=201)
@allows(Scope.FEEDBACK, Scope.INGEST, errors=(Forbidden,))
def create_feedback_token(body: FeedbackTokenBody, app: CallerApp, asking: Asking) -> Answer[IssuedToken]:
    """Make a token with which a page may rate one answer, and nothing else.

    Answers of the gateway bring one along, in the header `x-upspiral-feedback-token`. The token ends by
    itself, and at once with the key that made it. Made by a key without the scope `feedback`, what is said
    with it is a mere hint.
    """
    hide = app.runtime.admission(app.workspace).text
    made = FeedbackTokens(app.runtime).issue(
        asking,
        InteractionId(body.interaction),
        rater=hide(body.end_user) if body.end_user else None,
        rights=[FeedbackRight(one) for one in body.rights],
        hours=body.hours,
    )
    return json_response(made, 201)


@router.post("/response-feedback", status_code=201)
@allows(
    Scope.FEEDBACK,
    Scope.INGEST,
    max_body=MAX_RATING_BYTES,
    atomic=True,
    errors=(Forbidden,),
    by_token=True,
    from_pages=True,
)
def rate_from_page(
    body: PageRatingBody, app: CallerApp, token: PageToken, request: Request
) -> Answer[PageRating]:
    """Rate the answer that a token is for, from a page; said again, it takes the place of what was said.

    The page is told nothing of the Interaction. One that has not come yet is waited for.
    """
    _check_rights(body, token)
    said = _to_signals(body, app, token, principal_of(request.scope))
    signals = app.runtime.admission(app.workspace).early(said)

    def work() -> Answer[PageRating]:
        given = ingest.record_feedback(app.runtime, signals, wait=True, revise=True)
        for refused in given.refused.values():
            raise refused
        return json_response(PageRating(success=True), 201)

    return run_once(request.scope, app.runtime, work)


def _check_rights(body: PageRatingBody, token: FeedbackToken) -> None:
    """See that a page does with its token what it may.

    Raises:
        Forbidden: It rates another answer, or says more than it may.
    """
    if body.response_id not in (None, token.interaction):
        raise Forbidden(
            f"This token is not for {body.response_id!r}.", hint="Use the token that came with that answer."
        )
    rated = body.thumbs is not None or body.rating is not None or bool(body.labels or body.actions)
    wanted = {
        FeedbackRight.RATE: rated,
        FeedbackRight.COMMENT: body.comment is not None,
        FeedbackRight.CORRECT: body.correction is not None,
    }
    lacking = [right for right, is_wanted in wanted.items() if is_wanted and right not in token.rights]
    if lacking:
        raise Forbidden(f"This token does not let a page {' or '.join(lacking)}.", hint="Leave that out.")


def _to_signals(
    body: PageRatingBody, app: App, token: FeedbackToken, asking: Principal
) -> list[PendingFeedback]:
    """Make what was said into signals of the person that the token names, each with the id it always has."""
    rater = token.rater or find_end_user(app.runtime, app.workspace, token.interaction)
    said = body.model_dump(exclude={"response_id"}) | {"responseId": token.interaction, "userId": rater}
    signals = mapping.component_to_feedback(RatedBody.model_validate(said), app)
    return [_name(one if asking.may(Scope.FEEDBACK) else _as_hint(one), token) for one in signals]


def _name(one: PendingFeedback, token: FeedbackToken) -> PendingFeedback:
    if one.signal.source == Source.IMPLICIT and one.signal.rater in ACTIONS:
        return one  # what was done with an answer is the same, whoever did it
    ident = FeedbackId(derive("fb", token.workspace, token.interaction, "page", token.rater or ""))
    return replace(one, id=ident, signal=replace(one.signal, id=ident, public=True))


def _as_hint(one: PendingFeedback) -> PendingFeedback:
    return replace(one, signal=as_implicit_hint(one.signal))
