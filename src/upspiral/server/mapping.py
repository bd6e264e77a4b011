"""How does a body become a noun? One place per noun, so that every route makes the same."""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from upspiral.domain import (
    Feedback,
    FeedbackTarget,
    Interaction,
    Kind,
    Message,
    PendingFeedback,
    Source,
    ToolCall,
    Usage,
)
from upspiral.domain.ids import AgentId, FeedbackId, InteractionId, derive
from upspiral.errors import InvalidInput
from upspiral.server.deps import CallerApp
from upspiral.server.recommendations import AS_TEXT, fields_sent_as_text, write_json
from upspiral.server.schemas.capture import EvaluationBody, FeedbackBody, InteractionBody, RecommendationBody
from upspiral.server.schemas.responses import RatedBody, ResponseBody
from upspiral.storable import mend
from upspiral.storable.limits import MAX_LONG_NAME
from upspiral.wire.record import read_options, read_parts, read_recorded
from upspiral.wire.reply import Reply
from upspiral.wire.text import answer_text

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
VERDICTS = {"approved": 1.0, "rejected": 0.0, "partial": 0.5, "pending": None}


def interaction(body: InteractionBody, app: CallerApp) -> Interaction:
    """Make the Interaction that a sender describes."""
    ident = InteractionId(body.id or app.runtime.mint("int"))
    answer_parts = read_parts(body.answer_parts)
    return Interaction(
        id=ident,
        workspace=app.workspace,
        agent=AgentId(body.agent),
        at=_not_ahead(body.at, app),
        kind=Kind(body.kind),
        messages=tuple(
            one for message in body.messages for one in read_recorded(message.model_dump(exclude_unset=True))
        ),
        options=read_options(body.options.model_dump(exclude_unset=True)) if body.options else None,
        answer=body.answer or answer_text(answer_parts),
        answer_parts=answer_parts,
        model=body.model,
        conversation=body.conversation or ident,
        trace=body.trace,
        end_user=body.end_user,
        client_id=body.client_id,
        tool_calls=tuple(ToolCall(**call.model_dump()) for call in body.tool_calls)
        or Reply(parts=answer_parts).tool_calls,
        usage=Usage(**body.usage.model_dump()),
        latency_ms=body.latency_ms,
        error=body.error,
        trainable=body.trainable,
        metadata=body.metadata,
    )


def to_feedback(body: FeedbackBody, app: CallerApp) -> PendingFeedback:
    """Make the Feedback that a sender describes, with the name of its Interaction.

    Raises:
        InvalidInput: It says nothing, or names none or several Interactions.
    """
    by, key = _target(body)
    judged = (body.thumbs, body.rating, body.score, body.correction)
    if all(value is None for value in (*judged, body.comment, body.label, body.action)):
        raise InvalidInput(
            f"The feedback on {key} says nothing.",
            hint="Give thumbs, rating, score, correction, comment, label or action.",
        )
    if body.action is not None:
        if any(value is not None for value in judged):
            raise InvalidInput(
                f"The feedback on {key} holds the action {body.action!r} and a judgement.",
                hint="Send them as two signals: an action says what was done, not what was thought.",
            )
        return _to_pending(_action_to_feedback(body, body.action, app), by, key)
    said = Feedback(
        id=FeedbackId(body.id or app.runtime.mint("fb")),
        workspace=app.workspace,
        interaction=InteractionId(""),
        at=_not_ahead(body.at, app),
        source=Source.USER_CORRECTION if body.correction is not None else Source(body.source),
        rater=body.rater,
        score=_score(body.thumbs, body.rating, body.score),
        label=body.label,
        comment=body.comment,
        correction=body.correction,
    )
    return _to_pending(said, by, key)


def _action_to_feedback(body: FeedbackBody, action: str, app: CallerApp) -> Feedback:
    """Make the implicit signal of an action; who acted is not kept, as the action is the rater."""
    return Feedback(
        id=FeedbackId(body.id or app.runtime.mint("fb")),
        workspace=app.workspace,
        interaction=InteractionId(""),
        at=_not_ahead(body.at, app),
        source=Source.IMPLICIT,
        rater=action,
        score=1.0,
        label=body.label,
        comment=body.comment,
    )


def component_to_feedback(body: RatedBody, app: CallerApp) -> list[PendingFeedback]:
    """Make the Feedback that the feedback component sends: what was thought, and each action once.

    Raises:
        InvalidInput: It says nothing.
    """
    said = [] if body.actions and not is_rated(body) else [_rating_to_feedback(body, app)]
    return said + [
        to_feedback(
            FeedbackBody(
                id=derive("fb", app.workspace, body.response_id, action),
                interaction=body.response_id,
                action=action,
            ),
            app,
        )
        for action in dict.fromkeys(body.actions)
    ]


def is_rated(body: RatedBody) -> bool:
    """Say whether somebody said what is thought of a response."""
    words = (body.thumbs, body.comment, body.correction, body.labels)
    return body.rating is not None or any(words)


def _rating_to_feedback(body: RatedBody, app: CallerApp) -> PendingFeedback:
    return to_feedback(
        FeedbackBody(
            interaction=body.response_id,
            thumbs=body.thumbs,
            rating=body.rating,
            comment=body.comment,
            correction=body.correction,
            label=mend(", ".join(body.labels), limit=MAX_LONG_NAME) or None,
            rater=body.user_id or "anonymous",
        ),
        app,
    )


def response_to_feedback(body: ResponseBody, app: CallerApp) -> list[PendingFeedback]:
    """Make the Feedback that comes together with its response, if any; the same always has the same id."""
    if not (body.actions or is_rated(body)):
        return []
    return [
        one if one.signal.source == Source.IMPLICIT else _name_by_words(one, body, app)
        for one in component_to_feedback(body, app)
    ]


def _name_by_words(made: PendingFeedback, body: ResponseBody, app: CallerApp) -> PendingFeedback:
    said = msgspec.structs.replace(made.signal, id=FeedbackId(""), at=_EPOCH)
    ident = FeedbackId(derive("fb", app.workspace, body.response_id, msgspec.json.encode(said).decode()))
    signal = msgspec.structs.replace(made.signal, id=ident)
    return msgspec.structs.replace(made, id=ident, signal=signal)


def response(body: ResponseBody, app: CallerApp) -> Interaction:
    """Make the Interaction of a response that comes together with its feedback."""
    return Interaction(
        id=InteractionId(body.response_id),
        workspace=app.workspace,
        agent=AgentId(body.model_id),
        at=_not_ahead(body.timestamp, app),
        messages=(Message("user", body.query),),
        answer=body.response,
        model=body.model_id,
        conversation=body.response_id,
        end_user=body.user_id,
    )


def recommendation(body: RecommendationBody, app: CallerApp) -> Interaction:
    """Make the Interaction of kind `recommendation`."""
    ident = InteractionId(body.id or app.runtime.mint("int"))
    noted = {
        "type": body.type,
        "agent_name": body.agent_name,
        "confidence": body.confidence,
        "reasoning": body.reasoning,
        "evidence": body.evidence,
        "correlation_id": body.correlation_id,
        "workflow_id": body.workflow_id,
        "deadline_ms": body.deadline_ms,
        AS_TEXT: fields_sent_as_text({"content": body.content, "evidence": body.evidence}),
    }
    return Interaction(
        id=ident,
        workspace=app.workspace,
        agent=AgentId(body.agent_id),
        at=_not_ahead(body.at, app),
        kind=Kind.RECOMMENDATION,
        messages=(Message("user", body.type),),
        answer=write_json(body.content),
        model="",
        conversation=body.workflow_id or ident,
        trace=body.correlation_id,
        latency_ms=body.latency_ms,
        metadata={name: write_json(value) for name, value in noted.items() if value not in (None, "")},
    )


def evaluation_to_feedback(body: EvaluationBody, app: CallerApp) -> PendingFeedback:
    """Make the Feedback on a recommendation; the verdict decides, and without one the quality.

    Raises:
        InvalidInput: It holds neither a verdict nor a quality nor a word.
    """
    if body.status is None and body.quality is None and not body.comments:
        raise InvalidInput(
            f"The evaluation of {body.recommendation_id} says nothing.", hint="Give status or quality."
        )
    quality = body.quality / 100 if body.quality is not None else None
    noted = {
        "quality": body.quality,
        "dimensions": body.dimensions or None,
        "accuracy_impact": body.accuracy_impact or None,
        "consistency_impact": body.consistency_impact or None,
        "rank": body.rank,
        "alternatives": body.alternatives or None,
    }
    said = Feedback(
        id=FeedbackId(body.id or app.runtime.mint("fb")),
        workspace=app.workspace,
        interaction=InteractionId(""),
        at=_not_ahead(body.at, app),
        source=Source.HUMAN_EVALUATION,
        rater=body.evaluator,
        score=VERDICTS[body.status] if body.status else quality,
        label=body.status or (verdict_of(body.quality, app) if body.quality is not None else None),
        comment=body.comments,
        metadata={name: write_json(value) for name, value in noted.items() if value is not None},
    )
    return _to_pending(said, FeedbackTarget.INTERACTION, body.recommendation_id)


def verdict_of(quality: float, app: CallerApp) -> Literal["approved", "rejected", "partial"]:
    """Say what a quality from 0 to 100 amounts to by the workspace's thresholds; the one place for it."""
    limits = app.settings.capture
    if quality / 100 >= limits.success_at:
        return "approved"
    return "rejected" if quality / 100 < limits.failure_below else "partial"


def _to_pending(said: Feedback, by: FeedbackTarget, key: str) -> PendingFeedback:
    return PendingFeedback(id=said.id, workspace=said.workspace, at=said.at, by=by, key=key, signal=said)


def _target(body: FeedbackBody) -> tuple[FeedbackTarget, str]:
    given = [(by, key) for by in FeedbackTarget if (key := getattr(body, by.value))]
    if len(given) != 1:
        raise InvalidInput(
            f"The feedback names {len(given)} Interactions.",
            hint="Give one of interaction, trace, conversation and client_id.",
        )
    return given[0]


def _score(thumbs: str | None, rating: float | None, score: float | None) -> float | None:
    if thumbs is not None:
        return 1.0 if thumbs == "up" else 0.0
    return (rating - 1) / 4 if rating is not None else score


def _not_ahead(at: datetime | None, app: CallerApp) -> datetime:
    """Take a sender's clock, unless it is ahead of ours."""
    now = app.runtime.now()
    return min(at, now) if at else now
