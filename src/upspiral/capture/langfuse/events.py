"""What does a batch of Langfuse's events tell? Generations become Interactions, the rest Spans.

A generation that is not complete waits as a Span, and so does what a trace says of user and session; a later
batch that completes it finds them there.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from upspiral.capture.formats.chat_jsonl import Imported
from upspiral.capture.formats.langfuse import parse
from upspiral.capture.formats.values import decode_text, first_field, flat_metadata, moment
from upspiral.capture.langfuse.scores import to_signal
from upspiral.capture.otlp.conventions import KINDS
from upspiral.capture.otlp.values import short, text
from upspiral.domain import Interaction, PendingFeedback
from upspiral.domain.ids import WorkspaceId, derive_at
from upspiral.domain.span import Span, SpanId, SpanKind

TYPE = "langfuse.type"
"""Under this name a Span that came as an event says what it is: trace, generation, span and so on."""
GENERATION, TRACE, SCORE, LOG = "generation", "trace", "score", "sdk-log"
OBSERVED = frozenset((GENERATION, "span", "event", *KINDS))
ACTIONS = ("-create", "-update")
PLACES = frozenset(("id", "traceId", "parentObservationId", "name"))
"""Fields of an event that a Span has places of its own for."""
FROM_TRACE = ("sessionId", "userId", "tags", "release", "environment")
"""What a generation learns from its trace."""


class LangfuseEvent(Struct, frozen=True):
    """One event of a batch."""

    id: str
    type: str
    """What it is about: trace, score, generation or another kind of observation."""
    at: datetime
    body: dict[str, Any]


class EventRefused(Struct, frozen=True):
    """An event that cannot be used."""

    id: str
    reason: str


class FoldedEvents(Struct, frozen=True, kw_only=True):
    """What a batch held, ready to be written down."""

    interactions: list[Interaction]
    spans: list[Span]
    signals: list[PendingFeedback]
    events: dict[str, list[str]]
    """The id of an Interaction or a signal to the ids of the events that told it."""
    refused: list[EventRefused]


class _Row(Struct):
    """One trace or observation, with everything that was said of it."""

    type: str
    body: dict[str, Any]
    events: list[LangfuseEvent]
    """Those of this batch."""


def read_events(batch: Iterable[Any], *, now: datetime) -> tuple[list[LangfuseEvent], list[EventRefused]]:
    """Read the events of a batch; say of each that cannot be read why.

    Args:
        batch: As sent.
        now: The moment of those that name none.
    """
    good, refused = list[LangfuseEvent](), list[EventRefused]()
    for place, given in enumerate(batch):
        ident = short(given.get("id")) if isinstance(given, Mapping) else ""
        try:
            good.append(_read_event(given, ident, now=now))
        except ValueError as error:
            refused.append(EventRefused(ident or f"batch.{place}", f"{error}"))
    return good, refused


def _read_event(given: Any, ident: str, *, now: datetime) -> LangfuseEvent:
    if not ident:
        raise ValueError("the event has no id")
    body, told = given.get("body"), str(given.get("type"))
    if not isinstance(body, Mapping):
        raise ValueError("the event has no body")
    kind = told
    for action in ACTIONS:
        kind = kind.removesuffix(action)
    if kind == "observation":
        kind = str(body.get("type") or "span").lower()
    if kind not in OBSERVED and kind not in (TRACE, SCORE, LOG):
        raise ValueError(f"the type {told[:60]!r} is not known")
    return LangfuseEvent(ident, kind, moment(given.get("timestamp"), now=now), dict(body))


def fold_events(
    events: Sequence[LangfuseEvent], earlier: Iterable[Span], *, workspace: WorkspaceId, now: datetime
) -> FoldedEvents:
    """Turn events into nouns; the same events after the same earlier ones always give the same.

    Args:
        events: Those of one batch.
        earlier: The Spans of their traces that are kept already.
        workspace: Whose key they came with.
        now: Used where nothing says when something happened.
    """
    found = FoldedEvents(interactions=[], spans=[], signals=[], events=defaultdict(list), refused=[])
    rows = _seed(earlier)
    for event in sorted(events, key=lambda one: one.at):
        try:
            if event.type == SCORE:
                score = {"timestamp": event.at.isoformat(), "id": event.id, **event.body}
                signal = to_signal(score, workspace=workspace, now=now)
                found.signals.append(signal)
                found.events[signal.id].append(event.id)
            elif event.type != LOG:
                _add(rows, event)
        except ValueError as error:
            found.refused.append(EventRefused(event.id, str(error)))
    for row in rows.values():
        if row.events:
            _close(row, rows, found, workspace=workspace, now=now)
    return found


def _seed(earlier: Iterable[Span]) -> dict[tuple[str, str], _Row]:
    rows: dict[tuple[str, str], _Row] = {}
    for span in earlier:
        if TYPE in span.attributes:
            kept = {name: decode_text(value) for name, value in span.attributes.items() if name != TYPE}
            place = {"id": span.span, "traceId": span.trace, "parentObservationId": span.parent}
            row = _Row(span.attributes[TYPE], {}, [])
            _merge(rows.setdefault((span.trace, span.span), row).body, place | {"name": span.name} | kept)
    return rows


def _add(rows: dict[tuple[str, str], _Row], event: LangfuseEvent) -> None:
    body = event.body
    ident = text(body.get("id")) or event.id
    trace = ident if event.type == TRACE else text(first_field(body, "traceId")) or ident
    row = rows.setdefault((trace, ident), _Row(event.type, {}, []))
    _merge(row.body, {**body, "id": ident, "traceId": trace})
    row.events.append(event)


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, Mapping) and isinstance(into.get(name), Mapping):
            into[name] = {**into[name], **value}
        elif value is not None:
            into[name] = value


def _close(
    row: _Row,
    rows: Mapping[tuple[str, str], _Row],
    found: FoldedEvents,
    *,
    workspace: WorkspaceId,
    now: datetime,
) -> None:
    try:
        if row.type == GENERATION and _is_complete(row.body):
            about = rows.get((row.body["traceId"], row.body["traceId"]))
            made = _interaction(row, about.body if about else {}, workspace=workspace, now=now)
            found.interactions.append(made)
            found.events[made.id] += [event.id for event in row.events]
        else:
            found.spans.append(_span(row, workspace=workspace))
    except ValueError as error:
        found.refused.extend(EventRefused(event.id, str(error)) for event in row.events)


def _is_complete(body: Mapping[str, Any]) -> bool:
    ended = first_field(body, "output", "endTime") is not None or body.get("level") == "ERROR"
    return ended and first_field(body, "input") is not None


def _interaction(
    row: _Row, trace: Mapping[str, Any], *, workspace: WorkspaceId, now: datetime
) -> Interaction:
    learnt = {name: trace[name] for name in FROM_TRACE if name in trace} | {"traceName": trace.get("name")}
    whole = {**learnt, **row.body, "type": GENERATION}
    agent = flat_metadata(row.body.get("metadata")).get("agent") or trace.get("name")
    at = row.events[0].at
    made = parse(whole, agent=short(agent) if agent else None, workspace=workspace, now=min(at, now))
    if not isinstance(made, Imported):
        raise ValueError("the generation cannot be read")
    return made.interaction


def _span(row: _Row, *, workspace: WorkspaceId) -> Span:
    """Keep what these events say, together with what was said earlier."""
    body, event = row.body, row.events[0]
    at = moment(first_field(body, "startTime", "timestamp"), now=event.at)
    ended = moment(first_field(body, "endTime"), now=at)
    noted = {name: text(value) for name, value in body.items() if name not in PLACES and value is not None}
    parent = first_field(body, "parentObservationId")
    failed = body.get("level") == "ERROR"
    made = Span(
        id=SpanId(derive_at("span", workspace, "langfuse", event.id, ms=int(event.at.timestamp() * 1000))),
        workspace=workspace,
        trace=short(body["traceId"]),
        span=short(body["id"]),
        parent=None if parent is None else short(parent),
        name=short(body.get("name") or row.type),
        kind=SpanKind.CHAIN if row.type in (TRACE, GENERATION) else KINDS.get(row.type, SpanKind.OTHER),
        at=at,
        duration_ms=max(0.0, (ended - at).total_seconds() * 1000),
        attributes={TYPE: row.type, **noted},
    )
    return replace(made, error=text(body.get("statusMessage")) or "error") if failed else made
