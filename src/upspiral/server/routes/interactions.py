"""What happened, and what people thought of it."""

from fastapi import APIRouter
from fastapi.responses import Response

from upspiral import capture
from upspiral.capture.chat_jsonl import BadLine, Imported, parse
from upspiral.domain import Feedback, Interaction, Message, Source
from upspiral.domain.ids import AgentId, FeedbackId, InteractionId
from upspiral.errors import InvalidInput
from upspiral.server.deps import Spiral, answer
from upspiral.server.schemas import FeedbackBatch, FeedbackBody, ImportBody, InteractionBody

router = APIRouter(prefix="/api/v1", tags=["capture"])


@router.post("/interactions", status_code=201, response_model=None)
def create_interaction(body: InteractionBody, spiral: Spiral) -> Response:
    """Record a request that was answered elsewhere."""
    runtime = spiral.runtime
    ident = InteractionId(body.id or runtime.mint("int"))
    interaction = Interaction(
        id=ident,
        workspace=spiral.workspace,
        agent=AgentId(body.agent),
        at=runtime.now(),
        messages=tuple(Message(m.get("role", "user"), m.get("content", "")) for m in body.messages),
        answer=body.answer,
        model=body.model,
        conversation=body.conversation or ident,
        end_user=body.end_user,
        latency_ms=body.latency_ms,
        error=body.error,
        metadata=body.metadata,
    )
    capture.record(runtime.store, interaction)
    return answer(interaction, 201)


@router.get("/interactions", response_model=None)
def list_interactions(spiral: Spiral, agent: str | None = None, limit: int = 100) -> Response:
    """List the newest Interactions, newest first."""
    name = AgentId(agent) if agent else None
    return answer(spiral.runtime.store.interactions.latest(spiral.workspace, name, min(max(limit, 1), 1000)))


@router.get("/interactions/{interaction}", response_model=None)
def get_interaction(interaction: str, spiral: Spiral) -> Response:
    """Show one Interaction with its Outcome and its Feedback."""
    store = spiral.runtime.store
    found = store.interactions.get(spiral.workspace, interaction)
    outcome = store.outcomes.of(spiral.workspace, [found.id]).get(found.id)
    return answer(
        {
            "interaction": found,
            "outcome": outcome,
            "feedback": store.feedback.about(spiral.workspace, [found.id]),
        }
    )


@router.post("/interactions/import", response_model=None)
def import_interactions(body: ImportBody, spiral: Spiral) -> Response:
    """Record lines of the chat-jsonl format; lines that cannot be read are named and left out."""
    runtime = spiral.runtime
    items = list(
        parse(
            body.lines,
            mapping=body.mapping,
            agent=body.agent,
            workspace=spiral.workspace,
            now=runtime.now(),
            first_line=body.first_line,
            tool_tag=body.tool_tag,
        )
    )
    good = [item for item in items if isinstance(item, Imported)]
    capture.record(runtime.store, *(item.interaction for item in good))
    signals = [signal for item in good for signal in item.feedback]
    capture.give_feedback(runtime.store, signals, settings=spiral.settings.capture, now=runtime.now())
    bad = [{"line": item.line, "reason": item.reason} for item in items if isinstance(item, BadLine)]
    return answer({"recorded": len(good), "feedback": len(signals), "bad": bad})


@router.post("/feedback", status_code=201, response_model=None)
def create_feedback(body: FeedbackBody | FeedbackBatch, spiral: Spiral) -> Response:
    """Record one signal, or up to 1,000; now or days after the Interaction. Gives the Outcomes."""
    bodies = body.feedback if isinstance(body, FeedbackBatch) else [body]
    signals = [_signal(one, spiral) for one in bodies]
    runtime = spiral.runtime
    outcomes = capture.give_feedback(
        runtime.store, signals, settings=spiral.settings.capture, now=runtime.now()
    )
    return answer({"feedback": [s.id for s in signals], "outcomes": outcomes}, 201)


@router.get("/feedback", response_model=None)
def list_feedback(spiral: Spiral, interaction: str) -> Response:
    """Read the Feedback on one Interaction back."""
    return answer(spiral.runtime.store.feedback.about(spiral.workspace, [InteractionId(interaction)]))


def _signal(body: FeedbackBody, spiral: Spiral) -> Feedback:
    given = (body.thumbs, body.rating, body.score, body.correction, body.comment, body.label)
    if all(value is None for value in given):
        raise InvalidInput(
            f"The feedback on {body.interaction} says nothing.",
            hint="Give thumbs, rating, score, correction, comment or label.",
        )
    score = body.score
    if body.thumbs is not None:
        score = 1.0 if body.thumbs == "up" else 0.0
    elif body.rating is not None:
        score = (body.rating - 1) / 4
    source = Source.USER_CORRECTION if body.correction is not None else Source(body.source)
    return Feedback(
        id=FeedbackId(spiral.runtime.mint("fb")),
        workspace=spiral.workspace,
        interaction=InteractionId(body.interaction),
        at=spiral.runtime.now(),
        source=source,
        rater=body.rater,
        score=score,
        label=body.label,
        comment=body.comment,
        correction=body.correction,
    )
