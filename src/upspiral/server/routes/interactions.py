"""What happened: recorded natively, imported, listed, found again."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated
from urllib.parse import unquote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from msgspec import Struct, structs

from upspiral import capture
from upspiral.admin.agents import require_agent
from upspiral.capture.formats import BadLine, Imported, Importer, ImportRequest, Remark
from upspiral.capture.ingest_policy import IngestPolicy, as_implicit_hint
from upspiral.capture.redaction import count_chars
from upspiral.capture.scales import UNUSED_SCORE
from upspiral.domain import Attempt, Feedback, FeedbackTarget, Interaction, PendingFeedback, Scope
from upspiral.plugin_kinds import IMPORTER
from upspiral.server import mapping
from upspiral.server.batches import IN_PART, sort_items, tell_batch
from upspiral.server.deps import AgentFilter, Asking, CallerApp, json_response, path_of
from upspiral.server.errors import error_response
from upspiral.server.idempotency import Repetition, write_once
from upspiral.server.paging import Limit, page
from upspiral.server.policy import allows
from upspiral.server.schemas.capture import ImportBody, InteractionBatch, InteractionQuery, Interactions
from upspiral.store.repositories.interactions import InteractionFilter

PATH = "/api/v1/interactions"
router = APIRouter(prefix=PATH, tags=["capture"])


@router.post("", status_code=201, response_model=None, responses=IN_PART)
@allows(Scope.INGEST, atomic=True)
async def create_interaction(body: Interactions, app: CallerApp, request: Request) -> Response:
    """Record what was answered elsewhere, one request or up to 1,000; each id is kept once.

    A known id with other content is refused (409). Of a batch the good ones are kept; where some are refused
    the answer is 207, and `refused` says which and why.
    """
    if isinstance(body, InteractionBatch):
        return await _record_batch(app, request, body)
    admission = app.runtime.admission(app.workspace)
    given = mapping.interaction(body, app)
    one = await app.runtime.redact(lambda: admission.interaction(given), chars=count_chars([given]))
    return await keep_one(app, request, one, tell=lambda kept: kept)


async def keep_one(
    app: CallerApp, request: Request, one: Interaction, *, tell: Callable[[Interaction], object]
) -> Response:
    """Write one Interaction down, once, and answer with what is kept under its id."""
    runtime = app.runtime

    def tell_kept(kept: Interaction) -> Response:
        return json_response(tell(kept), 201, at=path_of(PATH, kept.id))

    def work() -> Response:
        recorded = capture.record_or_refuse(runtime.store, [one], now=runtime.now())
        if recorded.refused:
            return error_response(request.scope, recorded.refused[0])
        return tell_kept(recorded.kept[0])

    def reread(known: Attempt) -> Response:
        ident = unquote((known.about or "").removeprefix(f"{PATH}/"))
        return tell_kept(runtime.store.interactions.get(app.workspace, ident))

    return await write_once(request.scope, runtime, work, repetition=Repetition(reread=reread))


async def _record_batch(app: CallerApp, request: Request, body: InteractionBatch) -> Response:
    runtime, admission = app.runtime, app.runtime.admission(app.workspace)
    found = sort_items("interactions", body.interactions, lambda one: mapping.interaction(one, app))
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
def list_interactions(app: CallerApp, query: Annotated[InteractionQuery, Query()]) -> Response:
    """List Interactions, newest first; `next` leads to the following page."""
    named = query.model_dump(
        include={"agent", "model", "conversation", "trace", "client_id", "kind", "end_user"}
    )
    if query.agent:
        require_agent(app.runtime, app.workspace, query.agent)
    wanted = InteractionFilter(named=named, status=query.status, since=query.since, until=query.until)
    store = app.runtime.store
    return page(
        lambda mark, n: store.interactions.page(app.workspace, wanted, mark, n), query.after, query.limit
    )


@router.get("/search", response_model=None)
@allows(Scope.READ)
def search_interactions(
    app: CallerApp,
    text: Annotated[str, Query(min_length=1, max_length=10_000)],
    agent: AgentFilter,
    limit: Limit = 10,
) -> Response:
    """Find Interactions whose question is most like a text, with their Outcomes."""
    found = app.alike(text, agent=agent, limit=limit)
    return json_response({"items": found})


@router.get("/{interaction}", response_model=None)
@allows(Scope.READ)
def get_interaction(interaction: str, app: CallerApp) -> Response:
    """Show one Interaction with its Outcome, its Feedback and the spans of its trace."""
    store = app.runtime.store
    found = store.interactions.get(app.workspace, interaction)
    return json_response(
        {
            "interaction": found,
            "outcome": store.outcomes.of(app.workspace, [found.id]).get(found.id),
            "feedback": store.feedback.about(app.workspace, [found.id]),
            "spans": store.spans.of_trace(app.workspace, found.trace) if found.trace else [],
        }
    )


@router.post("/import", response_model=None)
@allows(Scope.INGEST, atomic=True)
async def import_interactions(body: ImportBody, app: CallerApp, who: Asking, request: Request) -> Response:
    """Record lines of a file; lines that cannot be read are named and left out.

    Without the scope `feedback` what the lines say of success is kept as a hint, of source `implicit`.
    """
    runtime, now = app.runtime, app.runtime.now()
    admission, vouched = runtime.admission(app.workspace), who.may(Scope.FEEDBACK)

    def admit() -> _Admitted:
        return _admit(list(_read(body, app)), admission, vouched=vouched, scales=body.scales)

    ready = await runtime.redact(admit, chars=sum(map(len, body.lines)))

    def work() -> Response:
        settings = app.settings.capture
        new = capture.record(runtime.store, *ready.interactions, now=runtime.now())
        capture.give_feedback(runtime.store, ready.feedback, settings=settings, now=now)
        wait = [True] * len(ready.remarks)
        capture.give_named(runtime.store, ready.remarks, settings=settings, now=now, wait=wait)
        return json_response(ready.tell(new))

    rows = len(ready.interactions) + len(ready.feedback) + len(ready.remarks)
    return await write_once(request.scope, runtime, work, rows=rows)


class _Admitted(Struct, frozen=True):
    """Lines of a file, ready to be written down."""

    interactions: list[Interaction]
    feedback: list[Feedback]
    remarks: list[PendingFeedback]
    bad: list[BadLine]

    def tell(self, new: Sequence[Interaction]) -> dict[str, object]:
        """Say what was read, what of it was new, and what could not be used."""
        total, fresh = Counter(one.agent for one in self.interactions), Counter(one.agent for one in new)
        said = [*self.feedback, *(one.signal for one in self.remarks)]
        return {
            "recorded": len(self.interactions),
            "feedback": len(said),
            "agents": {name: {"new": fresh[name], "known": total[name] - fresh[name]} for name in total},
            "unused_scores": Counter(one.rater for one in said if UNUSED_SCORE in one.metadata),
            "bad": [{"line": item.line, "reason": item.reason} for item in self.bad],
        }


def _admit(
    items: "Sequence[Imported | Remark | BadLine]",
    admission: IngestPolicy,
    *,
    vouched: bool,
    scales: Mapping[str, tuple[float, float]],
) -> _Admitted:
    good = [item for item in items if isinstance(item, Imported)]
    remarks = [item for item in items if isinstance(item, Remark)]
    given = admission.score((signal for item in good for signal in item.feedback), scales)
    about = admission.score((item.feedback for item in remarks), scales)
    settled = [structs.replace(one, feedback=said) for one, said in zip(remarks, about, strict=True)]
    return _Admitted(
        interactions=admission.interactions(item.interaction for item in good),
        feedback=admission.feedback(one if vouched else as_implicit_hint(one) for one in given),
        remarks=admission.early(_to_pending(item, vouched=vouched) for item in settled),
        bad=[item for item in items if isinstance(item, BadLine)],
    )


def _read(body: ImportBody, app: CallerApp) -> "list[Imported | Remark | BadLine]":
    importer: Importer = IMPORTER.get(body.format)()
    request = ImportRequest(
        workspace=app.workspace,
        now=app.runtime.now(),
        agent=body.agent,
        first_line=body.first_line,
        mapping=body.mapping,
        tool_tag=body.tool_tag,
        copies=body.copies,
    )
    return list(importer.read(body.lines, request))


def _to_pending(remark: Remark, *, vouched: bool) -> PendingFeedback:
    said = remark.feedback if vouched else as_implicit_hint(remark.feedback)
    by, key = (
        (FeedbackTarget.TRACE, remark.about)
        if remark.about
        else (FeedbackTarget.INTERACTION, said.interaction)
    )
    return PendingFeedback(id=said.id, workspace=said.workspace, at=said.at, by=by, key=key, signal=said)
