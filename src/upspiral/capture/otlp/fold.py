"""What do spans mean? Model calls become Interactions, evaluations Feedback, everything else Spans."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from upspiral.capture.otlp.conventions import EVALUATION
from upspiral.capture.otlp.decode import Attributes, RawSpan
from upspiral.capture.otlp.interactions import interaction
from upspiral.capture.otlp.metadata import describe_step, with_surroundings
from upspiral.capture.otlp.repeated import join_repeated
from upspiral.capture.otlp.steps import Context, SpanStep, duration, error, refusal, step_of
from upspiral.capture.otlp.surroundings import inherit
from upspiral.capture.otlp.tools import LateTool, Tools
from upspiral.capture.otlp.values import MAX_TEXT, moment, short, text
from upspiral.capture.scales import read_score
from upspiral.domain.feedback import Feedback, Source
from upspiral.domain.ids import FeedbackId, InteractionId, WorkspaceId, derive, derive_at
from upspiral.domain.interaction import Interaction
from upspiral.domain.span import Span, SpanId, SpanKind


class FoldedSpans(Struct, frozen=True, kw_only=True):
    """What a request held, ready to be written down."""

    interactions: tuple[Interaction, ...]
    spans: tuple[Span, ...]
    late: tuple[LateTool, ...]
    """What tools did whose call came with an earlier request."""
    feedback: tuple[Feedback, ...]
    rejected: dict[str, int]
    """How many spans could not be used, by reason."""


def fold(spans: Iterable[RawSpan], *, workspace: WorkspaceId, now: datetime) -> FoldedSpans:
    """Turn spans into nouns; the same spans always give the same ids.

    Args:
        spans: As sent; one that comes twice counts once.
        workspace: Whose key they came with.
        now: Used where a span has no time, or one in the future.
    """
    rejected: Counter[str] = Counter()
    steps: dict[tuple[str, str], SpanStep] = {}
    for span in spans:
        if reason := refusal(span):
            rejected[reason] += 1
        elif (span.trace, span.span) not in steps:
            steps[span.trace, span.span] = step_of(span)
    joined = join_repeated(inherit(steps))
    steps, repeated = joined.steps, joined.repeated
    tools = Tools(step for step in steps.values() if step.kind is SpanKind.TOOL)
    context = Context(workspace, now, {})
    calls = {
        key: interaction(step, tools, context=context)
        for key, step in steps.items()
        if step.kind is None and key not in repeated
    }
    others = tuple(
        _span(step, tools, context=context)
        for key, step in steps.items()
        if step.kind is not None or key in repeated
    )
    told = calls | {key: calls[kept] for key, kept in repeated.items() if kept}
    judged = [step for step in steps.values() if step.raw.events]
    return FoldedSpans(
        interactions=tuple(calls.values()),
        spans=others,
        late=tuple(tools.list_unclaimed()),
        feedback=tuple(_feedback(judged, told, steps, context=context)) if judged else (),
        rejected=dict(rejected),
    )


def _span(step: SpanStep, tools: Tools, *, context: Context) -> Span:
    raw = step.raw
    at, ahead = moment(raw.start, context.now)
    return Span(
        id=SpanId(derive_at("span", context.workspace, raw.trace, raw.span, ms=raw.start // 1_000_000)),
        workspace=context.workspace,
        trace=raw.trace,
        span=raw.span,
        parent=raw.parent,
        name=raw.name[:MAX_TEXT],
        kind=step.kind or SpanKind.OTHER,
        at=at,
        duration_ms=duration(raw),
        error=error(step),
        interaction=tools.askers.get((raw.trace, raw.span)),
        attributes=with_surroundings(describe_step(step), step, ahead=ahead, context=context),
    )


def _feedback(
    judged: Sequence[SpanStep],
    calls: Mapping[tuple[str, str], Interaction],
    steps: Mapping[tuple[str, str], SpanStep],
    *,
    context: Context,
) -> Iterator[Feedback]:
    answers = {
        text(step.found["response_id"]): calls[key].id
        for key, step in steps.items()
        if key in calls and "response_id" in step.found
    }
    for step in judged:
        raw = step.raw
        around = calls.get((raw.trace, raw.span)) or calls.get((raw.trace, raw.parent or ""))
        for number, (name, at, more) in enumerate(raw.events):
            if name == EVALUATION:
                about = answers.get(text(more.get("gen_ai.response.id"))) or (around.id if around else None)
                if about:
                    key = f"{raw.trace}{raw.span}.{number}"
                    yield _signal(more, about, at, context=context, key=key)


def _signal(event: Attributes, about: InteractionId, at: int, *, context: Context, key: str) -> Feedback:
    label, value = event.get("gen_ai.evaluation.score.label"), event.get("gen_ai.evaluation.score.value")
    read = read_score(value, None if label is None else short(label))
    explanation = event.get("gen_ai.evaluation.explanation")
    said = text(event.get("upspiral.evaluation.source") or event.get("annotation.annotator_kind")).lower()
    return Feedback(
        id=FeedbackId(derive("fb", context.workspace, about, key)),
        workspace=context.workspace,
        interaction=about,
        at=moment(at, context.now)[0],
        source=Source.VERIFIER if said in ("verifier", "code") else Source.JUDGE,
        rater=short(event.get("gen_ai.evaluation.name")) or "otel",
        score=read.score,
        label=read.label,
        comment=None if explanation is None else text(explanation)[:MAX_TEXT],
        metadata=read.metadata,
    )
