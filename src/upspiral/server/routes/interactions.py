"""What happened: recorded natively, imported, listed, found again."""

from collections.abc import Callable, Sequence
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from msgspec import Struct, structs

from upspiral import capture
from upspiral.capture.admit import Admission, unvouched
from upspiral.capture.chat_jsonl import BadLine, Imported, parse
from upspiral.capture.formats import Remark, read_rows
from upspiral.capture.formats.files import rows_of_lines
from upspiral.capture.redaction import count_chars
from upspiral.domain import About, Attempt, EarlyFeedback, Feedback, Interaction, Scope
from upspiral.domain.ids import AgentId
from upspiral.server import nouns
from upspiral.server.batches import IN_PART, sort_items, tell_batch
from upspiral.server.deps import Asking, Spiral, answer, path_of
from upspiral.server.errors import explained
from upspiral.server.idempotency import Repetition, write_once
from upspiral.server.paging import Limit, page
from upspiral.server.policy import allows
from upspiral.server.schemas.capture import ImportBody, InteractionBatch, InteractionBody, InteractionQuery
from upspiral.store.nouns.interactions import Wanted

PATH = "/api/v1/interactions"
router = APIRouter(prefix=PATH, tags=["capture"])
Named = Annotated[str | None, Query(max_length=200)]


@router.post("", status_code=201, response_model=None, responses=IN_PART)
@allows(Scope.INGEST, atomic=True)
async def create_interaction(
    body: InteractionBody | InteractionBatch, spiral: Spiral, request: Request
) -> Response:
    """Record what was answered elsewhere, one request or up to 1,000; each id is kept once.

    A known id with other content is refused (409). Of a batch the good ones are kept; where some are refused
    the answer is 207, and `refused` says which and why.
    """
    if isinstance(body, InteractionBatch):
        return await _record_batch(spiral, request, body)
    admission = spiral.runtime.admission(spiral.workspace)
    given = nouns.interaction(body, spiral)
    one = await spiral.runtime.redact(lambda: admission.interaction(given), chars=count_chars([given]))
    return await keep_one(spiral, request, one, tell=lambda kept: kept)


async def keep_one(
    spiral: Spiral, request: Request, one: Interaction, *, tell: Callable[[Interaction], object]
) -> Response:
    """Write one Interaction down, once, and answer with what is kept under its id."""
    runtime = spiral.runtime

    def tell_kept(kept: Interaction) -> Response:
        return answer(tell(kept), 201, at=path_of(PATH, kept.id))

    def work() -> Response:
        recorded = capture.record_or_refuse(runtime.store, [one], now=runtime.now())
        if recorded.refused:
            return explained(request.url.path, recorded.refused[0])
        return tell_kept(recorded.kept[0])

    def reread(known: Attempt) -> Response:
        ident = unquote((known.about or "").removeprefix(f"{PATH}/"))
        return tell_kept(runtime.store.interactions.get(spiral.workspace, ident))

    return await write_once(request.scope, runtime, work, repetition=Repetition(reread=reread))


async def _record_batch(spiral: Spiral, request: Request, body: InteractionBatch) -> Response:
    runtime, admission = spiral.runtime, spiral.runtime.admission(spiral.workspace)
    found = sort_items(body.interactions, lambda one: nouns.interaction(one, spiral))
    given = list(found.good.values())
    admitted = await runtime.redact(lambda: admission.interactions(given), chars=count_chars(given))
    admitted_batch = structs.replace(found, good=dict(zip(found.good, admitted, strict=True)))

    def work() -> Response:
        refused = capture.record_or_refuse(runtime.store, admitted, now=runtime.now()).refused
        batch = admitted_batch.with_refused(refused)
        return tell_batch(batch, {"interactions": [one.id for one in batch.good.values()]}, request.url.path)

    return await write_once(request.scope, runtime, work, rows=len(admitted))


@router.get("", response_model=None)
@allows(Scope.READ)
def list_interactions(spiral: Spiral, query: Annotated[InteractionQuery, Query()]) -> Response:
    """List Interactions, newest first; `next` leads to the following page."""
    named = query.model_dump(include={"agent", "model", "conversation", "trace", "client_id", "kind"})
    if query.end_user:
        named["end_user"] = spiral.runtime.admission(spiral.workspace).text(query.end_user)
    wanted = Wanted(named=named, status=query.status, since=query.since, until=query.until)
    store = spiral.runtime.store
    return page(
        lambda mark, n: store.interactions.page(spiral.workspace, wanted, mark, n), query.after, query.limit
    )


@router.get("/search", response_model=None)
@allows(Scope.READ)
def search_interactions(
    spiral: Spiral,
    text: Annotated[str, Query(min_length=1, max_length=10_000)],
    agent: Named = None,
    limit: Limit = 10,
) -> Response:
    """Find Interactions whose question is most like a text, with their Outcomes."""
    found = spiral.alike(text, agent=AgentId(agent) if agent else None, limit=limit)
    return answer({"items": found})


@router.get("/{interaction}", response_model=None)
@allows(Scope.READ)
def get_interaction(interaction: str, spiral: Spiral) -> Response:
    """Show one Interaction with its Outcome, its Feedback and the spans of its trace."""
    store = spiral.runtime.store
    found = store.interactions.get(spiral.workspace, interaction)
    return answer(
        {
            "interaction": found,
            "outcome": store.outcomes.of(spiral.workspace, [found.id]).get(found.id),
            "feedback": store.feedback.about(spiral.workspace, [found.id]),
            "spans": store.spans.of_trace(spiral.workspace, found.trace) if found.trace else [],
        }
    )


@router.post("/import", response_model=None)
@allows(Scope.INGEST, atomic=True)
async def import_interactions(body: ImportBody, spiral: Spiral, who: Asking, request: Request) -> Response:
    """Record lines of a file; lines that cannot be read are named and left out.

    Without the scope `feedback` what the lines say of success is kept as a hint, of source `implicit`.
    """
    runtime, now = spiral.runtime, spiral.runtime.now()
    admission, vouched = runtime.admission(spiral.workspace), who.may(Scope.FEEDBACK)

    def admit() -> _Admitted:
        return _admit(list(_read(body, spiral)), admission, vouched=vouched)

    ready = await runtime.redact(admit, chars=sum(map(len, body.lines)))

    def work() -> Response:
        settings = spiral.settings.capture
        capture.record(runtime.store, *ready.interactions, now=runtime.now())
        capture.give_feedback(runtime.store, ready.feedback, settings=settings, now=now)
        wait = [True] * len(ready.remarks)
        capture.give_named(runtime.store, ready.remarks, settings=settings, now=now, wait=wait)
        said = {
            "recorded": len(ready.interactions),
            "feedback": len(ready.feedback) + len(ready.remarks),
            "bad": [{"line": item.line, "reason": item.reason} for item in ready.bad],
        }
        return answer(said)

    rows = len(ready.interactions) + len(ready.feedback) + len(ready.remarks)
    return await write_once(request.scope, runtime, work, rows=rows)


class _Admitted(Struct, frozen=True):
    """Lines of a file, ready to be written down."""

    interactions: list[Interaction]
    feedback: list[Feedback]
    remarks: list[EarlyFeedback]
    bad: list[BadLine]


def _admit(
    items: "Sequence[Imported | Remark | BadLine]", admission: Admission, *, vouched: bool
) -> _Admitted:
    good = [item for item in items if isinstance(item, Imported)]
    given = (signal for item in good for signal in item.feedback)
    return _Admitted(
        interactions=admission.interactions(item.interaction for item in good),
        feedback=admission.feedback(one if vouched else unvouched(one) for one in given),
        remarks=admission.early(_early(item, vouched=vouched) for item in items if isinstance(item, Remark)),
        bad=[item for item in items if isinstance(item, BadLine)],
    )


def _read(body: ImportBody, spiral: Spiral) -> "list[Imported | Remark | BadLine]":
    now = spiral.runtime.now()
    if body.format != "chat-jsonl":
        given = rows_of_lines(body.lines, first_line=body.first_line)
        return list(read_rows(given, body.format, agent=body.agent, workspace=spiral.workspace, now=now))
    return list(
        parse(
            body.lines,
            mapping=body.mapping,
            agent=body.agent,
            workspace=spiral.workspace,
            now=now,
            first_line=body.first_line,
            tool_tag=body.tool_tag,
        )
    )


def _early(remark: Remark, *, vouched: bool) -> EarlyFeedback:
    said = remark.feedback if vouched else unvouched(remark.feedback)
    by, key = (About.TRACE, remark.about) if remark.about else (About.INTERACTION, said.interaction)
    return EarlyFeedback(id=said.id, workspace=said.workspace, at=said.at, by=by, key=key, signal=said)
