"""What did nights spend on paid models, and what may the next one spend?"""

from datetime import UTC, datetime

from upspiral.budget.account import add_up
from upspiral.budget.spending import (
    NightSpending,
    Spending,
    SpendingBy,
    SpendingOutlook,
    spending_of_night,
    sum_spending,
)
from upspiral.domain import LOCAL_HOST, Agent
from upspiral.domain.ids import AgentId, BudgetId, WorkspaceId
from upspiral.domain.night.budget import Budget
from upspiral.runtime import Runtime


def show_spending(runtime: Runtime, workspace: WorkspaceId, night: str) -> NightSpending | None:
    """Say what one night spent; None where it made no paid call."""
    budget = runtime.store.budgets.find(workspace, BudgetId(night))
    return _tell(runtime, budget) if budget else None


def sum_nights(
    runtime: Runtime,
    workspace: WorkspaceId,
    *,
    by: SpendingBy,
    agent: AgentId | None = None,
    since: str | None = None,
) -> list[Spending]:
    """Add up what the nights spent, by purpose, model, agent or day; those under way included."""
    store = runtime.store
    begin = datetime.fromisoformat(since).replace(tzinfo=UTC) if since else None
    found = store.budgets.list_since(workspace, begin, agent)
    nights = (
        (one, one.costs if one.closed else add_up(store.reservations.of(workspace, one.id))) for one in found
    )
    return sum_spending(nights, by=by)


def foresee_spending(runtime: Runtime, agent: Agent) -> SpendingOutlook:
    """Say what the next night of an agent may spend, and what the last one spent."""
    store, settings = runtime.store, runtime.settings
    tokens, usd = runtime.get_night_limits(agent)
    live = store.agent_versions.get(agent.workspace, agent.live)
    asked = [one for one in (live.model, agent.teacher) if one]
    models = store.model_versions.many(agent.workspace, asked)
    names = [one.name for one in models if one.host != LOCAL_HOST]
    if settings.analyze.naming_url:
        names.append(settings.analyze.naming_model)
    past = store.budgets.latest_of_nights(agent.workspace, agent.id)
    copies = store.budgets.latest_of_copies(agent.workspace, agent.id)
    return SpendingOutlook(
        models=tuple(dict.fromkeys(names)),
        limit_tokens=tokens,
        limit_usd=usd,
        last=_tell(runtime, past) if past else None,
        copies=_tell(runtime, copies) if copies else None,
    )


def _tell(runtime: Runtime, budget: Budget) -> NightSpending:
    calls = [] if budget.closed else runtime.store.reservations.of(budget.workspace, budget.id)
    return spending_of_night(budget, calls)
