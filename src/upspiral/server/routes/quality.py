"""Who fails, at what, why, and what would fix it?"""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response
from msgspec.structs import asdict

from upspiral import analyze
from upspiral.admin.agents import require_agent
from upspiral.analyze import questions, remedies
from upspiral.capture.price_past import price_past
from upspiral.capture.prices import PriceBook
from upspiral.cycle import weaknesses
from upspiral.domain import Pattern, Polarity, Scope
from upspiral.domain.ids import AgentId
from upspiral.server.deps import AgentFilter, CallerApp, json_response
from upspiral.server.paging import After, Limit, page
from upspiral.server.policy import allows
from upspiral.server.schemas.nights import SuggestionsBody
from upspiral.store.repositories.interactions import InteractionFilter

router = APIRouter(tags=["analytics"])
Day = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Named = Annotated[str | None, Query(max_length=200)]
LINKS = 20
"""Cases that a suggestion links to."""
QUALITY = "/api/analytics/response-quality"
IMPROVEMENT = "/api/analytics/model-improvement"


@router.get("/api/v1/metrics/agents", response_model=None)
@allows(Scope.READ)
def which_agent(app: CallerApp) -> Response:
    """Say which agent fails most: all of them, the most surely weak one first."""
    return json_response(analyze.breakdown(app.runtime.store, app.workspace, by="agent"))


@router.get("/api/v1/metrics/tools", response_model=None)
@allows(Scope.READ)
def which_tool(app: CallerApp, agent: AgentFilter) -> Response:
    """Say which tool errs most, for one agent or for all."""
    rows = analyze.breakdown(app.runtime.store, app.workspace, by="tool", agent=agent)
    return json_response(sorted(rows, key=lambda row: (-row.call_error_low, row.key)))


@router.get("/api/v1/metrics/failure-reasons", response_model=None)
@allows(Scope.READ)
def which_reasons(app: CallerApp, agent: AgentFilter) -> Response:
    """Say why an agent fails: the reasons of its newest failures, the commonest first."""
    return json_response(questions.failure_reasons(app.runtime.store, app.workspace, agent))


@router.get("/api/v1/metrics/cost", response_model=None)
@allows(Scope.READ)
def get_costs(
    app: CallerApp, agent: AgentFilter, by: Literal["agent", "model", "day"] = "agent", since: Day = None
) -> Response:
    """Say what was spent, by agent, model or day; `cost` is null where no price is known."""
    store = app.runtime.store
    return json_response(analyze.sum_costs(store, app.workspace, by=by, agent=agent, since=since))


@router.post("/api/v1/metrics/cost/recount", response_model=None)
@allows(Scope.OPERATE)
def recount_costs(app: CallerApp) -> Response:
    """Price past answers that have no price, by the prices that are known now."""
    book = PriceBook(app.settings.capture.prices)
    return json_response(price_past(app.runtime.store, app.workspace, book, now=app.runtime.now()))


@router.get("/api/v1/metrics/agents/{agent}", response_model=None)
@allows(Scope.READ)
def is_it_failing(agent: str, app: CallerApp) -> Response:
    """Say whether one agent fails more often than the others, beyond chance."""
    name = require_agent(app.runtime, app.workspace, agent)
    return json_response(questions.compare_failures(app.runtime.store, app.workspace, name))


@router.get(f"{QUALITY}/metrics", response_model=None)
@allows(Scope.READ)
def response_quality(app: CallerApp) -> Response:
    """Show how responses are judged, by model and by day."""
    store = app.runtime.store
    by_model = analyze.breakdown(store, app.workspace, by="model")
    by_day = sorted(analyze.breakdown(store, app.workspace, by="day"), key=lambda row: row.key)
    settled, failures = sum(row.settled for row in by_model), sum(row.failures for row in by_model)
    return json_response(
        {
            "responses": sum(row.n for row in by_model),
            "judged": settled,
            "success_rate": (settled - failures) / settled if settled else None,
            "by_model": by_model,
            "by_day": by_day,
        }
    )


@router.get(f"{QUALITY}/problematic", response_model=None)
@allows(Scope.READ)
def problematic(app: CallerApp, model: Named = None, limit: Limit = 100, after: After = None) -> Response:
    """List the responses that failed, newest first: with reason, rating (1 to 5) and comment."""
    store, workspace = app.runtime.store, app.workspace
    wanted = InteractionFilter(named={"model": model}, status="failure")
    return page(
        lambda mark, n: store.interactions.page(workspace, wanted, mark, n),
        after,
        limit,
        tell=lambda rows: [
            asdict(one) | asdict(failure)
            for one, failure in zip(rows, questions.explain_failures(store, workspace, rows), strict=True)
        ],
    )


@router.get(f"{IMPROVEMENT}/error-patterns", response_model=None)
@allows(Scope.READ)
def error_patterns(app: CallerApp, agent: AgentFilter) -> Response:
    """List the weaknesses, of each agent those found last first; look for them where nobody has yet."""
    store = app.runtime.store
    agents = [agent] if agent else store.interactions.agents(app.workspace)
    found = [one for name in agents for one in _patterns(app, name)]
    return json_response([one for one in found if one.polarity == Polarity.WEAKNESS])


@router.get(f"{IMPROVEMENT}/error-trends", response_model=None)
@allows(Scope.READ)
def error_trends(app: CallerApp, agent: AgentFilter) -> Response:
    """Show failures by day, and where their rate changed."""
    return json_response(questions.failure_trend(app.runtime.store, app.workspace, agent))


@router.post(f"{IMPROVEMENT}/improvement-suggestions", response_model=None)
@allows(Scope.READ)
def improvement_suggestions(app: CallerApp, body: SuggestionsBody | None = None) -> Response:
    """Suggest remedies for the weaknesses, with expected gain, interval, cost and evidence."""
    agent = require_agent(app.runtime, app.workspace, body.agent) if body and body.agent else None
    store = app.runtime.store
    agents = [agent] if agent else store.interactions.agents(app.workspace)
    patterns = {name: _patterns(app, name) for name in agents}
    found = remedies.suggestions(store, app.workspace, patterns, success_at=app.settings.capture.success_at)
    return json_response([asdict(one) | _link(one.evidence) for one in found])


def _patterns(app: CallerApp, agent: AgentId) -> list[Pattern]:
    """Give what is known of an agent; where that is nothing and enough has failed, look now.

    What is found so is not stored: whoever asks may only read. The weekly look, a night and a POST of
    patterns store it.
    """
    store, settings = app.runtime.store, app.settings.analyze
    known = store.patterns.latest(app.workspace, agent)
    if known:
        return known
    counted = analyze.breakdown(store, app.workspace, by="agent", agent=agent)
    if sum(row.failures for row in counted) < settings.min_failures:
        return []
    return weaknesses.look(app.runtime, app.workspace, agent, keep=False)


def _link(evidence: Sequence[str]) -> dict[str, object]:
    return {"evidence": [f"/api/v1/interactions/{one}" for one in evidence[:LINKS]], "cases": len(evidence)}
