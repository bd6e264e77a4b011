"""Who fails, at what, why, and what would fix it?"""

from datetime import date
from typing import Annotated, Literal

from fastapi import Query
from msgspec.structs import asdict
from pydantic import AfterValidator

from upspiral import ingest
from upspiral.admin.agents import require_agent
from upspiral.analyze.metrics import Breakdown, Costs
from upspiral.analyze.questions import Reason, Standing, Trended
from upspiral.budget.spending import Spending
from upspiral.capture.pricing.price_past import Priced
from upspiral.domain import Pattern, Scope
from upspiral.domain.ids import AgentId
from upspiral.domain.learning import Suggestion
from upspiral.errors import NotFound
from upspiral.queries import quality as query
from upspiral.queries.interactions import place_of
from upspiral.queries.quality import ResponseQuality
from upspiral.queries.spending import sum_nights
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import AgentFilter, CallerApp
from upspiral.server.paging import After, Limit, Page, answer_all, answer_page_as
from upspiral.server.policy import allows
from upspiral.server.schemas.answers.quality import Failure, SuggestedRemedy
from upspiral.server.schemas.nights import SuggestionsBody

router = TypedRouter(tags=["analytics"])


def _check_day(day: str | None) -> str | None:
    """Refuse what looks like a day and is none, such as the 31st of February."""
    if day is not None:
        date.fromisoformat(day)
    return day


Day = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_check_day)]
Named = Annotated[str | None, Query(max_length=200)]
MAX_LINKS = 20
"""Cases that a suggestion links to."""
QUALITY = "/api/analytics/response-quality"
IMPROVEMENT = "/api/analytics/model-improvement"


@router.get("/api/v1/metrics/agents")
@allows(Scope.READ)
def rank_agents(app: CallerApp) -> Answer[Page[Breakdown]]:
    """Say which agent fails most: all of them, the most surely weak one first."""
    return answer_all(query.break_down(app.runtime, app.workspace, by="agent"))


@router.get("/api/v1/metrics/tools")
@allows(Scope.READ)
def rank_tools(app: CallerApp, agent: AgentFilter) -> Answer[Page[Breakdown]]:
    """Say which tool errs most, for one agent or for all."""
    return answer_all(query.rank_tools(app.runtime, app.workspace, agent=agent))


@router.get("/api/v1/metrics/failure-reasons")
@allows(Scope.READ)
def list_failure_reasons(app: CallerApp, agent: AgentFilter) -> Answer[Page[Reason]]:
    """Say why an agent fails: the reasons of its newest failures, the commonest first."""
    return answer_all(query.list_failure_reasons(app.runtime, app.workspace, agent=agent))


@router.get("/api/v1/metrics/cost")
@allows(Scope.READ)
def sum_costs(
    app: CallerApp, agent: AgentFilter, by: Literal["agent", "model", "day"] = "agent", since: Day = None
) -> Answer[Page[Costs]]:
    """Say what was spent, by agent, model or day; `cost` is null where no price is known."""
    return answer_all(query.sum_costs(app.runtime, app.workspace, by=by, agent=agent, since=since))


@router.get("/api/v1/metrics/spending")
@allows(Scope.READ)
def sum_spending(
    app: CallerApp,
    agent: AgentFilter,
    by: Literal["purpose", "model", "agent", "day"] = "purpose",
    since: Day = None,
) -> Answer[Page[Spending]]:
    """Say what nights spent on paid models, by purpose, model, agent or day: reserved and used."""
    return answer_all(sum_nights(app.runtime, app.workspace, by=by, agent=agent, since=since))


@router.post("/api/v1/metrics/cost/recount")
@allows(Scope.OPERATE)
def recount_costs(app: CallerApp) -> Answer[Priced]:
    """Price past answers that have no price, by the prices that are known now."""
    return json_response(ingest.price_past_answers(app.runtime, app.workspace))


@router.get("/api/v1/metrics/agents/{agent}")
@allows(Scope.READ)
def compare_agent_with_others(agent: str, app: CallerApp) -> Answer[Standing]:
    """Say whether one agent fails more often than the others, beyond chance."""
    name = require_agent(app.runtime, app.workspace, agent)
    return json_response(query.compare_with_others(app.runtime, app.workspace, name))


@router.get(f"{QUALITY}/metrics")
@allows(Scope.READ)
def get_response_quality(app: CallerApp) -> Answer[ResponseQuality]:
    """Show how responses are judged, by model and by day."""
    return json_response(query.measure_responses(app.runtime, app.workspace))


@router.get(f"{QUALITY}/problematic")
@allows(Scope.READ)
def list_failures(
    app: CallerApp, model: Named = None, limit: Limit = 100, after: After = None
) -> Answer[Page[Failure]]:
    """List the responses that failed, newest first: with reason, rating (1 to 5) and comment."""
    return answer_page_as(
        lambda row: Failure(**asdict(row[0]), **asdict(row[1])),
        lambda place, n: query.list_failures(app.runtime, app.workspace, model=model, after=place, limit=n),
        after,
        limit,
        place=lambda row: place_of(row[0]),
    )


@router.get(f"{IMPROVEMENT}/error-patterns")
@allows(Scope.READ)
def list_weaknesses(app: CallerApp, agent: AgentFilter) -> Answer[Page[Pattern]]:
    """List the weaknesses, of each agent those found last first; look for them where nobody has yet."""
    found = query.list_weaknesses(app.runtime, app.workspace, agent=agent)
    return answer_all(found, hint=None if found else _explain_none(app, agent))


@router.get(f"{IMPROVEMENT}/error-trends")
@allows(Scope.READ)
def get_failure_trend(app: CallerApp, agent: AgentFilter) -> Answer[Trended]:
    """Show failures by day, and where their rate changed."""
    return json_response(query.trend_failures(app.runtime, app.workspace, agent=agent))


@router.get("/api/v1/suggestions")
@allows(Scope.READ)
def list_suggestions(app: CallerApp, agent: AgentFilter) -> Answer[Page[SuggestedRemedy]]:
    """List remedies for the weaknesses, with expected gain, interval, cost and evidence."""
    return _suggest(app, agent)


@router.post(f"{IMPROVEMENT}/improvement-suggestions")
@allows(Scope.READ, errors=(NotFound,))
def suggest_improvements(
    app: CallerApp, body: SuggestionsBody | None = None
) -> Answer[Page[SuggestedRemedy]]:
    """Suggest remedies for the weaknesses, with expected gain, interval, cost and evidence."""
    named = body.agent if body else None
    return _suggest(app, require_agent(app.runtime, app.workspace, named) if named else None)


def _suggest(app: CallerApp, agent: AgentId | None) -> Answer[Page[SuggestedRemedy]]:
    found = query.suggest_remedies(app.runtime, app.workspace, agent=agent)
    return answer_all([_with_links(one) for one in found], hint=None if found else _explain_none(app, agent))


def _explain_none(app: CallerApp, agent: AgentId | None) -> str:
    return query.explain_no_weakness(app.runtime, app.workspace, agent=agent)


def _with_links(one: Suggestion) -> SuggestedRemedy:
    links = [f"/api/v1/interactions/{ident}" for ident in one.evidence[:MAX_LINKS]]
    return SuggestedRemedy(**{**asdict(one), "evidence": links, "cases": len(one.evidence)})
