"""Whose word counts how much, why, and what does it change?"""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from upspiral import capture
from upspiral.domain import Scope, voice_of
from upspiral.domain.feedback import FAMILIES
from upspiral.server.deps import CallerApp, json_response
from upspiral.server.paging import page
from upspiral.server.policy import allows
from upspiral.server.schemas.capture import RaterQuery

router = APIRouter(prefix="/api/v1", tags=["capture"])


@router.get("/raters", response_model=None)
@allows(Scope.READ)
def list_raters(app: CallerApp, query: Annotated[RaterQuery, Query()]) -> Response:
    """List raters with their weights and reasons, the latest changed first."""
    store, name = app.runtime.store, query.name
    voices = sorted({voice_of(source, name) for source in FAMILIES}) if name else []
    return page(
        lambda mark, n: store.rater_weights.page(app.workspace, mark, n, voices=voices, below=query.below),
        query.after,
        query.limit,
    )


@router.get("/raters/{rater}", response_model=None)
@allows(Scope.READ)
def get_rater(rater: str, app: CallerApp) -> Response:
    """Show what is known of one rater, by the id in the list."""
    return json_response(app.runtime.store.rater_weights.get(app.workspace, rater))


@router.get("/interactions/{interaction}/outcome", response_model=None)
@allows(Scope.READ)
def explain_outcome(interaction: str, app: CallerApp) -> Response:
    """Say why an Outcome is what it is: each signal, what its rater weighs and why, and what that changes."""
    runtime = app.runtime
    settings, now = app.settings.capture, runtime.now()
    return json_response(
        capture.explain(runtime.store, app.workspace, interaction, settings=settings, now=now)
    )
