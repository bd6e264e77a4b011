"""What is known: patterns, metrics, the present state and the past nights."""

from typing import Any

from msgspec.structs import asdict

from upspiral.admin.agents import require_agent
from upspiral.analyze.metrics import Breakdown, By
from upspiral.cycle.planning.weaknesses import list_mended, look, look_everywhere
from upspiral.cycle.report import NightSummary, Overview, history, status
from upspiral.domain import Pattern, Scope
from upspiral.errors import NotFound
from upspiral.queries import quality as query
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import AgentFilter, CallerApp
from upspiral.server.paging import After, Limit, Page, answer_all, answer_page
from upspiral.server.policy import allows
from upspiral.server.schemas.answers.quality import FoundPattern
from upspiral.server.schemas.nights import PatternsBody

router = TypedRouter(prefix="/api/v1", tags=["analytics"])


@router.post("/patterns", status_code=201)
@allows(Scope.OPERATE, errors=(NotFound,))
def find_patterns(body: PatternsBody, app: CallerApp) -> Answer[Page[FoundPattern]]:
    """Look for weaknesses and strengths now, as every week: of one agent, or of each; of its live version.

    Weaknesses that a promoted version was taught come last, with its name in ``fixed_by``.
    """
    runtime, workspace = app.runtime, app.workspace
    named = require_agent(runtime, workspace, body.agent) if body.agent else None
    if named:
        found = {named: look(runtime, workspace, named, days=body.days)}
    else:
        found = look_everywhere(runtime, workspace, days=body.days)
    rows = [_found(one) for patterns in found.values() for one in patterns]
    for agent, patterns in found.items():
        for one in list_mended(runtime, workspace, agent, patterns):
            rows.append(_found(one.pattern, fixed_by=one.version, fix_shown=one.shown))
    nothing = not any(found.values())
    hint = query.explain_no_weakness(runtime, workspace, agent=named) if nothing else None
    return answer_all(rows, 201, hint=hint)


@router.get("/patterns")
@allows(Scope.READ)
def list_patterns(
    app: CallerApp, agent: AgentFilter, limit: Limit = 100, after: After = None
) -> Answer[Page[Pattern]]:
    """List weaknesses and strengths, those found last first: of one agent, or of all."""
    return answer_page(
        lambda place, n: query.list_patterns(app.runtime, app.workspace, agent=agent, after=place, limit=n),
        after,
        limit,
        hint=lambda: query.explain_no_weakness(app.runtime, app.workspace, agent=agent),
    )


@router.get("/metrics")
@allows(Scope.READ)
def get_metrics(app: CallerApp, agent: AgentFilter, by: By = "agent") -> Answer[Page[Breakdown]]:
    """Success by agent, model, domain, tool, version or day, with intervals, the weakest first."""
    return answer_all(query.break_down(app.runtime, app.workspace, by=by, agent=agent))


@router.get("/status")
@allows(Scope.READ)
def get_status(app: CallerApp) -> Answer[Overview]:
    """Say where every agent stands, each number computed from what is stored."""
    return json_response(status(app.runtime, app.workspace))


@router.get("/history")
@allows(Scope.READ)
def get_history(
    app: CallerApp, agent: AgentFilter, limit: Limit = 100, after: After = None
) -> Answer[Page[NightSummary]]:
    """Tell the nights, newest first."""
    return answer_page(
        lambda place, n: history(app.runtime, app.workspace, agent, after=place, limit=n),
        after,
        limit,
        place=lambda one: one.place,
    )


def _found(pattern: Pattern, **more: Any) -> FoundPattern:
    return FoundPattern(**asdict(pattern), **more)
