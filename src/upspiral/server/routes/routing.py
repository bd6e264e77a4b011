"""Who is chosen where the caller leaves it open, why, and what another policy would have been worth."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response

from upspiral.domain import Scope
from upspiral.route import what_if
from upspiral.server.deps import Spiral, answer
from upspiral.server.paging import After, Limit, page
from upspiral.server.policy import allows

router = APIRouter(prefix="/api/v1", tags=["routing"])
PolicyName = Literal["thompson", "epsilon_greedy", "linucb", "threshold", "fixed"]


@router.get("/choices", response_model=None)
@allows(Scope.READ)
def list_choices(spiral: Spiral, limit: Limit = 100, after: After = None) -> Response:
    """List the choices that a policy made, newest first, each with its probability and reason."""
    store = spiral.runtime.store
    return page(lambda mark, n: store.choices.page(spiral.workspace, mark, n), after, limit)


@router.get("/choices/table", response_model=None)
@allows(Scope.READ)
def show_table(spiral: Spiral, domain: Annotated[str, Query(max_length=100)] = "all") -> Response:
    """Show the chances of every agent in a domain now, and why each has its chance."""
    router = spiral.runtime.router(spiral.workspace)
    made = router.table(domain)
    rows = [
        {"agent": agent, "probability": probability, "reason": reason}
        for agent, probability, reason in zip(made.agents, made.probabilities, made.reasons, strict=True)
    ]
    return answer({"domain": domain, "policy": router.policy.name, "settled": router.now, "agents": rows})


@router.get("/choices/what-if", response_model=None)
@allows(Scope.READ)
def ask_what_if(spiral: Spiral, policy: PolicyName) -> Response:
    """Estimate what another policy would have been worth on the logged traffic, or say why not."""
    store, settings = spiral.runtime.store, spiral.settings.route
    return answer(what_if(store, spiral.workspace, policy, settings=settings))
