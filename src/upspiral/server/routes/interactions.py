"""What happened: recorded natively, imported, listed, found again."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeVar
from urllib.parse import unquote

from fastapi import Query, Request
from msgspec import Struct, structs

from upspiral import ingest
from upspiral.admin.agents import require_agent
from upspiral.capture.formats import BadLine, Imported, Importer, ImportRequest, Remark
from upspiral.capture.ingest_policy import IngestPolicy, as_implicit_hint
from upspiral.capture.redaction import count_chars
from upspiral.capture.scales import UNUSED_SCORE
from upspiral.domain import Attempt, Feedback, FeedbackTarget, Interaction, PendingFeedback, Scope
from upspiral.errors import NotFound
from upspiral.plugin_kinds import IMPORTER
from upspiral.projections.search import SearchHit
from upspiral.queries import interactions as query
from upspiral.queries.interactions import InteractionDetails, InteractionQuestion
from upspiral.server import mapping
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.batches import IN_PART, answer_batch, sort_items
from upspiral.server.deps import AgentFilter, Asking, CallerApp, path_of
from upspiral.server.errors import error_response
from upspiral.server.idempotency import Repetition, write_once
from upspiral.server.paging import Limit, Page, answer_all, answer_page
from upspiral.server.policy import allows
from upspiral.server.schemas.answers.capture import BadFileLine, ImportReport, KeptInteractions, NewAndKnown
from upspiral.server.schemas.capture import ImportBody, InteractionBatch, InteractionQuery, Interactions

PATH = "/api/v1/interactions"
T = TypeVar("T")
router = TypedRouter(prefix=PATH, tags=["capture"])


@router.post("", status_code=201, responses=IN_PART)
@allows(Scope.INGEST, atomic=True)
async def create_interaction(
    body: Interactions, app: CallerApp, request: Request
) -> Answer[Interaction | KeptInteractions]:
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
    app: CallerApp, request: Request, one: Interaction, *, tell: Callable[[Interaction], T]
) -> Answer[T]:
    """Write one Interaction down, once, and answer with what is kept under its id."""
    runtime = app.runtime

    def tell_kept(kept: Interaction) -> Answer[T]:
        return json_response(tell(kept), 201, at=path_of(PATH, kept.id))

    def work() -> Answer[T]:
        recorded = ingest.record_interactions(runtime, [one])
        if recorded.refused:
            return error_response(request.scope, recorded.refused[0])
        return tell_kept(recorded.kept[0])

    def reread(known: Attempt) -> Answer[T]:
        ident = unquote((known.about or "").removeprefix(f"{PATH}/"))
        return tell_kept(query.get_interaction(runtime, app.workspace, ident))

    return await write_once(request.scope, runtime, work, repetition=Repetition(reread=reread))


async def _record_batch(app: CallerApp, request: Request, body: InteractionBatch) -> Answer[KeptInteractions]:
    runtime, admission = app.runtime, app.runtime.admission(app.workspace)
    found = sort_items("interactions", body.interactions, lambda one: mapping.interaction(one, app))
    given = list(found.good.values())
    admitted = await runtime.redact(lambda: admission.interactions(given), chars=count_chars(given))
    admitted_batch = structs.replace(found, good=dict(zip(found.good, admitted, strict=True)))

    def work() -> Answer[KeptInteractions]:
        batch = admitted_batch.with_refused(ingest.record_interactions(runtime, admitted).refused)
        ids = [one.id for one in batch.good.values()]
        kept = KeptInteractions(interactions=ids, refused=batch.refusals())
        return answer_batch(batch, kept, request.url.path)

    return await write_once(request.scope, runtime, work, rows=len(admitted))


@router.get("")
@allows(Scope.READ, errors=(NotFound,))
def list_interactions(
    app: CallerApp, asked: Annotated[InteractionQuery, Query()]
) -> Answer[Page[Interaction]]:
    """List Interactions, newest first; `next` leads to the following page."""
    named = asked.model_dump(
        include={"agent", "model", "conversation", "trace", "client_id", "kind", "end_user"}
    )
    if asked.agent:
        require_agent(app.runtime, app.workspace, asked.agent)
    wanted = InteractionQuestion(named=named, status=asked.status, since=asked.since, until=asked.until)
    return answer_page(
        lambda place, n: query.list_interactions(app.runtime, app.workspace, wanted, after=place, limit=n),
        asked.after,
        asked.limit,
    )


@router.get("/search")
@allows(Scope.READ)
def search_interactions(
    app: CallerApp,
    text: Annotated[str, Query(min_length=1, max_length=10_000)],
    agent: AgentFilter,
    limit: Limit = 10,
) -> Answer[Page[SearchHit]]:
    """Find Interactions whose question is most like a text, with their Outcomes.

    While older questions are still being read, `hint` says how many are left.
    """
    found = query.search_interactions(app.runtime, app.workspace, text, agent=agent, limit=limit)
    return answer_all(found.hits, hint=found.unread)


@router.get("/{interaction}")
@allows(Scope.READ)
def get_interaction(interaction: str, app: CallerApp) -> Answer[InteractionDetails]:
    """Show one Interaction with its Outcome, its Feedback and the spans of its trace."""
    return json_response(query.show_interaction(app.runtime, app.workspace, interaction))


@router.post("/import")
@allows(Scope.INGEST, atomic=True)
async def import_interactions(
    body: ImportBody, app: CallerApp, who: Asking, request: Request
) -> Answer[ImportReport]:
    """Record lines of a file; lines that cannot be read are named and left out.

    Without the scope `feedback` what the lines say of success is kept as a hint, of source `implicit`.
    """
    runtime = app.runtime
    admission, vouched = runtime.admission(app.workspace), who.may(Scope.FEEDBACK)

    def admit() -> _Admitted:
        return _admit(list(_read(body, app)), admission, vouched=vouched, scales=body.scales)

    ready = await runtime.redact(admit, chars=sum(map(len, body.lines)))

    def work() -> Answer[ImportReport]:
        new = ingest.record_history(
            runtime, ready.interactions, ready.feedback, workspace=app.workspace, remarks=ready.remarks
        )
        return json_response(ready.tell(new))

    rows = len(ready.interactions) + len(ready.feedback) + len(ready.remarks)
    return await write_once(request.scope, runtime, work, rows=rows)


class _Admitted(Struct, frozen=True):
    """Lines of a file, ready to be written down."""

    interactions: list[Interaction]
    feedback: list[Feedback]
    remarks: list[PendingFeedback]
    bad: list[BadLine]

    def tell(self, new: Sequence[Interaction]) -> ImportReport:
        """Say what was read, what of it was new, and what could not be used."""
        total, fresh = Counter(one.agent for one in self.interactions), Counter(one.agent for one in new)
        said = [*self.feedback, *(one.signal for one in self.remarks)]
        return ImportReport(
            recorded=len(self.interactions),
            feedback=len(said),
            agents={name: NewAndKnown(fresh[name], total[name] - fresh[name]) for name in total},
            unused_scores=Counter(one.rater for one in said if UNUSED_SCORE in one.metadata),
            bad=[BadFileLine(item.line, item.reason) for item in self.bad],
        )


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
