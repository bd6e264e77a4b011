"""What do Langfuse's clients find here? The paths that they use besides those of traces."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import Query, Request
from msgspec import Struct
from msgspec.structs import replace

from upspiral import ingest
from upspiral.admin.prompts import find_prompt, list_labels
from upspiral.app import App
from upspiral.capture.ingest_policy import as_implicit_hint
from upspiral.capture.langfuse import FoldedEvents, LangfuseEvent, fold_events, read_events, to_signal
from upspiral.capture.redaction import count_chars
from upspiral.domain import PendingFeedback, Scope
from upspiral.errors import InvalidInput, UpspiralError
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import Asking, CallerApp
from upspiral.server.errors import error_response, status_of
from upspiral.server.idempotency import write_once
from upspiral.server.policy import allows
from upspiral.server.schemas.answers.langfuse import (
    EventError,
    EventKept,
    EventsKept,
    LangfuseHealth,
    LangfusePrompt,
    Organization,
    Project,
    Projects,
    ScoreKept,
)
from upspiral.server.schemas.langfuse import LangfuseBatch, LangfuseScore
from upspiral.version import __version__

IDS = ("id", "traceId", "observationId", "parentObservationId", "sessionId")
"""Fields of an event that name something: looked up as they are stored."""
TEXT_SUFFIX = "/text"
"""A prompt whose name ends so is one text, not a chat."""
router = TypedRouter(prefix="/api/public", tags=["langfuse"])


@router.post("/ingestion", status_code=207)
@allows(Scope.INGEST, atomic=True)
async def ingest_langfuse_events(
    body: LangfuseBatch, app: CallerApp, who: Asking, request: Request
) -> Answer[EventsKept]:
    """Record a batch of Langfuse's events: generations, scores, traces and steps.

    Always answered with 207: `errors` says which events were not kept, and why. A generation that is not
    complete waits for its update. Without the scope `feedback` a score is a mere hint.
    """
    runtime = app.runtime
    events, unread = read_events(body.batch, now=runtime.now())
    events = [_hide_ids(one, runtime.admission(app.workspace).text) for one in events]
    traces = {str(one.body.get("traceId") or one.body.get("id") or one.id) for one in events}
    earlier = await asyncio.to_thread(ingest.list_spans, runtime, app.workspace, traces)
    folded = fold_events(events, earlier, workspace=app.workspace, now=runtime.now())
    vouched = who.may(Scope.FEEDBACK)
    admitted = await runtime.redact(
        lambda: _admit(app, folded, vouched=vouched), chars=count_chars(folded.interactions)
    )
    refused = {one.id: InvalidInput(f"{one.reason}.") for one in (*unread, *folded.refused)}

    def work() -> Answer[EventsKept]:
        late = _keep(app, admitted)
        ids = [one.id for one in events]
        return json_response(_tell(ids, {**refused, **late}), 207)

    rows = len(admitted.interactions) + len(admitted.spans) + len(admitted.signals)
    return await write_once(request.scope, runtime, work, rows=rows)


@router.post("/scores")
@allows(Scope.INGEST, Scope.FEEDBACK, atomic=True)
async def create_langfuse_score(
    body: LangfuseScore, app: CallerApp, who: Asking, request: Request
) -> Answer[ScoreKept]:
    """Record a score as Feedback on what it names, which may come later.

    Without the scope `feedback` it is a mere hint, of source `implicit`.
    """
    runtime, admission = app.runtime, app.runtime.admission(app.workspace)
    ident = body.id or runtime.mint("score")
    try:
        row = {**body.as_row(), "id": ident}
        signal = to_signal(row, workspace=app.workspace, now=runtime.now())
    except ValueError as error:
        raise InvalidInput(f"{error}.", hint="Correct the score and send it again.") from error
    (hidden,) = await runtime.redact(
        lambda: _admit_signals(app, [signal], vouched=who.may(Scope.FEEDBACK)), chars=len(body.comment or "")
    )
    shown = admission.text(ident)

    def work() -> Answer[ScoreKept]:
        given = ingest.record_feedback(runtime, [hidden], wait=True)
        if given.refused:
            return error_response(request.scope, given.refused[0])
        return json_response(ScoreKept(shown))

    return await write_once(request.scope, runtime, work)


@router.get("/v2/prompts/{name}")
@allows(Scope.INGEST, Scope.FEEDBACK, Scope.READ)
def get_langfuse_prompt(
    name: str,
    app: CallerApp,
    *,
    version: Annotated[int | None, Query(ge=1)] = None,
    label: Annotated[str | None, Query(max_length=200)] = None,
) -> Answer[LangfusePrompt]:
    """Give an agent's prompt as Langfuse's clients read it.

    `AGENT` is a chat: instructions, rules and examples as messages, just as they were proven. `AGENT/text` is
    the same in one text. Without a version or a label, or with `production`, it is that of the live version;
    `latest` is the newest, `canary` the one that is out, and the live one again once none is. Each
    `conversation:ID` and `user:ID` gets the version that the gateway would give it.
    """
    agent, is_text = app.agent(name.removesuffix(TEXT_SUFFIX)), name.endswith(TEXT_SUFFIX)
    found = find_prompt(app.runtime, agent, label if version is None else str(version))
    sides = {"version": found.version, "arm": found.arm, "deployment": found.deployment}
    return json_response(
        LangfusePrompt(
            name=name,
            version=found.number,
            type="text" if is_text else "chat",
            prompt=found.text if is_text else list(found.messages),
            config={"model": found.model, **found.sampling, "upspiral": sides},
            labels=list_labels(app.runtime, agent, found),
        )
    )


@router.get("/projects")
@allows(Scope.INGEST, Scope.FEEDBACK, Scope.READ)
def list_langfuse_projects(app: CallerApp) -> Answer[Projects]:
    """Name the workspace of the key as the one project, as which Langfuse's clients check their keys."""
    mine = Organization("upspiral", "Upspiral")
    return json_response(Projects([Project(app.workspace, app.workspace, mine, {})]))


@router.get("/health")
@allows()
def check_langfuse_health() -> Answer[LangfuseHealth]:
    """Say that the server answers."""
    return json_response(LangfuseHealth("OK", __version__))


class _Admitted(Struct, frozen=True):
    """A batch as it may be kept."""

    interactions: Sequence[Any]
    spans: Sequence[Any]
    signals: Sequence[PendingFeedback]
    events: list[tuple[str, ...]]
    """The events that told each Interaction, and after these each signal."""


def _hide_ids(event: LangfuseEvent, hide: Callable[[str], str]) -> LangfuseEvent:
    ids = {name: hide(given) for name in IDS if isinstance(given := event.body.get(name), str)}
    return replace(event, body={**event.body, **ids})


def _admit(app: App, folded: FoldedEvents, *, vouched: bool) -> _Admitted:
    admission = app.runtime.admission(app.workspace)
    ids = [*(one.id for one in folded.interactions), *(one.id for one in folded.signals)]
    return _Admitted(
        admission.interactions(folded.interactions),
        admission.spans(folded.spans),
        _admit_signals(app, folded.signals, vouched=vouched),
        [tuple(folded.events[ident]) for ident in ids],
    )


def _admit_signals(app: App, signals: Sequence[PendingFeedback], *, vouched: bool) -> list[PendingFeedback]:
    admission = app.runtime.admission(app.workspace)
    scored = admission.score([one.signal for one in signals], {})
    said = [one if vouched else as_implicit_hint(one) for one in scored]
    return admission.early(replace(one, signal=signal) for one, signal in zip(signals, said, strict=True))


def _keep(app: App, batch: _Admitted) -> dict[str, UpspiralError]:
    """Write a batch down; give why some events were refused."""
    recorded = ingest.record_interactions(app.runtime, batch.interactions) if batch.interactions else None
    ingest.record_spans(app.runtime, batch.spans)
    given = ingest.record_feedback(app.runtime, batch.signals, wait=True)
    first = len(batch.interactions)
    refused: dict[int, UpspiralError] = dict(recorded.refused if recorded else {})
    refused |= {first + place: error for place, error in given.refused.items()}
    return {event: error for place, error in refused.items() for event in batch.events[place]}


def _tell(ids: Sequence[str], refused: Mapping[str, UpspiralError]) -> EventsKept:
    kept = [EventKept(ident, 201) for ident in dict.fromkeys(ids) if ident not in refused]
    errors = [EventError(ident, status_of(e)[0], e.message, e.hint) for ident, e in refused.items()]
    return EventsKept(kept, errors)
