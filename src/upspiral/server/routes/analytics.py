"""What is known: patterns, metrics, the present state and the past nights."""

from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import Response
from msgspec.structs import asdict

from upspiral import analyze
from upspiral.admin.agents import require_agent
from upspiral.cycle.report import history, status
from upspiral.cycle.weaknesses import list_mended, look, look_everywhere
from upspiral.domain import Scope
from upspiral.server.deps import AgentFilter, CallerApp, OneAgent, json_response
from upspiral.server.policy import allows
from upspiral.server.schemas.nights import PatternsBody

router = APIRouter(prefix="/api/v1", tags=["analytics"])

By = Literal["agent", "model", "domain", "tool", "version", "day"]


@router.post("/patterns", status_code=201, response_model=None)
@allows(Scope.OPERATE)
def find_patterns(body: PatternsBody, app: CallerApp) -> Response:
    """Look for weaknesses and strengths now, as every week: of one agent, or of each; of its live version.

    Weaknesses that a promoted version was taught come last, with its name in ``fixed_by``.
    """
    runtime, workspace = app.runtime, app.workspace
    if body.agent:
        agent = require_agent(runtime, workspace, body.agent)
        found = {agent: look(runtime, workspace, agent, days=body.days)}
    else:
        found = look_everywhere(runtime, workspace, days=body.days)
    rows: list[dict[str, Any]] = [asdict(one) for patterns in found.values() for one in patterns]
    for agent, patterns in found.items():
        for one in list_mended(runtime, workspace, agent, patterns):
            rows.append({**asdict(one.pattern), "fixed_by": one.version, "fix_shown": one.shown})
    return json_response(rows, 201)


@router.get("/patterns", response_model=None)
@allows(Scope.READ)
def list_patterns(app: CallerApp, agent: OneAgent) -> Response:
    """List an agent's weaknesses and strengths, those found last first."""
    return json_response(app.runtime.store.patterns.latest(app.workspace, agent))


@router.get("/metrics", response_model=None)
@allows(Scope.READ)
def metrics(app: CallerApp, agent: AgentFilter, by: By = "agent") -> Response:
    """Success by agent, model, domain, tool, version or day, with intervals, the weakest first."""
    return json_response(analyze.breakdown(app.runtime.store, app.workspace, by=by, agent=agent))


@router.get("/status", response_model=None)
@allows(Scope.READ)
def get_status(app: CallerApp) -> Response:
    """Say where every agent stands, each number computed from what is stored."""
    return json_response(status(app.runtime, app.workspace))


@router.get("/history", response_model=None)
@allows(Scope.READ)
def get_history(app: CallerApp, agent: AgentFilter) -> Response:
    """Tell the nights, newest first."""
    return json_response(history(app.runtime, app.workspace, agent))
