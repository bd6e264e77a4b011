"""What happened: recorded natively, imported, listed, found again."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from msgspec.structs import replace

from upspiral import capture
from upspiral.capture.admit import Admission, unvouched
from upspiral.capture.chat_jsonl import BadLine, Imported, parse
from upspiral.capture.formats import Remark, read_rows
from upspiral.capture.formats.files import rows_of_lines
from upspiral.capture.scales import UNUSED_SCORE
from upspiral.domain import About, EarlyFeedback, Interaction, Scope
from upspiral.domain.ids import AgentId
from upspiral.server import nouns
from upspiral.server.deps import Asking, Spiral, answer
from upspiral.server.paging import Limit, page
from upspiral.server.policy import allows
from upspiral.server.schemas.capture import ImportBody, InteractionBatch, InteractionBody, InteractionQuery
from upspiral.store.nouns.interactions import Wanted

router = APIRouter(prefix="/api/v1/interactions", tags=["capture"])
Named = Annotated[str | None, Query(max_length=200)]


@router.post("", status_code=201, response_model=None)
@allows(Scope.INGEST)
async def create_interaction(body: InteractionBody | InteractionBatch, spiral: Spiral) -> Response:
    """Record what was answered elsewhere, one request or up to 1,000; each id is kept once."""
    runtime = spiral.runtime
    bodies = body.interactions if isinstance(body, InteractionBatch) else [body]
    admitted = runtime.admission(spiral.workspace).interactions(nouns.interaction(b, spiral) for b in bodies)
    store = runtime.store
    await runtime.write(lambda: capture.record(store, *admitted, now=runtime.now()), rows=len(admitted))
    if isinstance(body, InteractionBatch):
        return answer({"interactions": [one.id for one in admitted]}, 201)
    return answer(admitted[0], 201)


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
@allows(Scope.INGEST)
async def import_interactions(body: ImportBody, spiral: Spiral, who: Asking) -> Response:
    """Record lines of a file; lines that cannot be read are named and left out.

    Without the scope `feedback` what the lines say of success is kept as a hint, of source `implicit`.
    """
    runtime, now = spiral.runtime, spiral.runtime.now()
    items = list(_read(body, spiral))
    good = [item for item in items if isinstance(item, Imported)]
    admission = runtime.admission(spiral.workspace)
    interactions = admission.interactions(item.interaction for item in good)
    vouched = who.may(Scope.FEEDBACK)
    scored = admission.score((signal for item in good for signal in item.feedback), body.scales)
    signals = admission.feedback(one if vouched else unvouched(one) for one in scored)
    remarks = _scored([item for item in items if isinstance(item, Remark)], admission, body.scales)
    early = [_early(item, vouched=vouched) for item in remarks]

    def write() -> list[Interaction]:
        settings = spiral.settings.capture
        new = capture.record(runtime.store, *interactions, now=runtime.now())
        capture.give_feedback(runtime.store, signals, settings=settings, now=now)
        capture.give_named(runtime.store, early, settings=settings, now=now, wait=True)
        return new

    new = await runtime.write(write, rows=len(interactions) + len(signals))
    said = [*signals, *(one.signal for one in early)]
    return answer(
        {
            "recorded": len(good),
            "feedback": len(said),
            "agents": _by_agent(interactions, new),
            "unused_scores": Counter(one.rater for one in said if UNUSED_SCORE in one.metadata),
            "bad": [
                {"line": item.line, "reason": item.reason} for item in items if isinstance(item, BadLine)
            ],
        }
    )


def _by_agent(given: Sequence[Interaction], new: Sequence[Interaction]) -> dict[str, dict[str, int]]:
    """Count for each agent what is new and what was known before."""
    total, fresh = Counter(one.agent for one in given), Counter(one.agent for one in new)
    return {agent: {"new": fresh[agent], "known": total[agent] - fresh[agent]} for agent in total}


def _scored(
    remarks: Sequence[Remark], admission: Admission, scales: dict[str, tuple[float, float]]
) -> list[Remark]:
    settled = admission.score((one.feedback for one in remarks), scales)
    return [replace(one, feedback=said) for one, said in zip(remarks, settled, strict=True)]


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
            copies=body.copies,
        )
    )


def _early(remark: Remark, *, vouched: bool) -> EarlyFeedback:
    said = remark.feedback if vouched else unvouched(remark.feedback)
    by, key = (About.TRACE, remark.about) if remark.about else (About.INTERACTION, said.interaction)
    return EarlyFeedback(id=said.id, workspace=said.workspace, at=said.at, by=by, key=key, signal=said)
