"""How did it go, why, and whose word counts how much?"""

from typing import Annotated

from fastapi import Query

from upspiral.capture import Explained
from upspiral.capture.implicit.coverage import OutcomeCoverage
from upspiral.cursor import Cursor
from upspiral.domain import Outcome, RaterWeight, Scope, Status
from upspiral.queries import interactions as query
from upspiral.server.answers import Answer, TypedRouter, json_response
from upspiral.server.deps import AgentFilter, CallerApp
from upspiral.server.paging import After, Limit, Page, answer_page
from upspiral.server.policy import allows
from upspiral.server.schemas.capture import Moment, RaterQuery

router = TypedRouter(prefix="/api/v1", tags=["capture"])
Since = Annotated[Moment | None, Query(description="Only those folded at or after this moment.")]


@router.get("/outcomes")
@allows(Scope.READ)
def list_outcomes(
    app: CallerApp,
    agent: AgentFilter,
    *,
    status: Status | None = None,
    since: Since = None,
    limit: Limit = 100,
    after: After = None,
) -> Answer[Page[Outcome]]:
    """List Outcomes, those folded last first: of one agent, or of all."""
    return answer_page(
        lambda place, n: query.list_outcomes(
            app.runtime, app.workspace, agent=agent, status=status, since=since, after=place, limit=n
        ),
        after,
        limit,
        place=lambda one: Cursor(one.at, one.interaction),
    )


@router.get("/interactions/{interaction}/outcome")
@allows(Scope.READ)
def explain_outcome(interaction: str, app: CallerApp) -> Answer[Explained]:
    """Say why an Outcome is what it is: each signal, what its rater weighs and why, and what that changes."""
    return json_response(query.explain_outcome(app.runtime, app.workspace, interaction))


@router.get("/raters")
@allows(Scope.READ)
def list_raters(app: CallerApp, asked: Annotated[RaterQuery, Query()]) -> Answer[Page[RaterWeight]]:
    """List raters with their weights and reasons, the latest changed first."""
    return answer_page(
        lambda place, n: query.list_raters(
            app.runtime, app.workspace, name=asked.name, below=asked.below, after=place, limit=n
        ),
        asked.after,
        asked.limit,
    )


@router.get("/raters/coverage")
@allows(Scope.READ)
def show_coverage(app: CallerApp) -> Answer[OutcomeCoverage]:
    """Show of how many answers the outcome is known, and how well implicit signals foretell ratings."""
    return json_response(query.measure_coverage(app.runtime, app.workspace))


@router.get("/raters/{rater}")
@allows(Scope.READ)
def get_rater(rater: str, app: CallerApp) -> Answer[RaterWeight]:
    """Show what is known of one rater, by the id in the list."""
    return json_response(query.get_rater(app.runtime, app.workspace, rater))
