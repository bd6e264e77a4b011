"""Who was chosen, and what would another policy have been worth?"""

from upspiral.cursor import Cursor
from upspiral.domain import LoggedChoice
from upspiral.domain.ids import WorkspaceId
from upspiral.route import what_if
from upspiral.route.whatif import MODE_SEPARATOR, SettledChoice, WhatIf, select_settled
from upspiral.runtime import Runtime
from upspiral.store import Store

MAX_CHOICES = 50_000
"""Choices that are looked at, the newest."""
BATCH_ROWS = 5_000


def list_choices(
    runtime: Runtime, workspace: WorkspaceId, *, after: Cursor | None, limit: int
) -> list[LoggedChoice]:
    """Give a page of the choices that a policy made, newest first."""
    return runtime.store.choices.page(workspace, after, limit)


def get_choice(runtime: Runtime, workspace: WorkspaceId, interaction: str) -> LoggedChoice:
    """Give the choice behind an Interaction.

    Raises:
        NotFound: No policy chose who answered it.
    """
    return runtime.store.choices.get(workspace, interaction)


def estimate_policy(runtime: Runtime, workspace: WorkspaceId, policy: str) -> WhatIf:
    """Estimate what another policy would have been worth on the logged traffic, or say why not."""
    return what_if(read_settled_choices(runtime.store, workspace), policy, settings=runtime.settings.route)


def read_settled_choices(store: Store, workspace: WorkspaceId) -> list[SettledChoice]:
    """Read the newest choices whose conversation has an Outcome, oldest first, one per conversation."""
    drawn: list[LoggedChoice] = []
    after: Cursor | None = None
    while len(drawn) < MAX_CHOICES:
        rows = store.choices.page(workspace, after, BATCH_ROWS)
        drawn += [row for row in rows if MODE_SEPARATOR not in row.policy]
        if len(rows) < BATCH_ROWS:
            break
        after = store.choices.cursor(rows[-1])
    ids = [one.id for one in drawn]
    return select_settled(
        drawn, store.outcomes.of(workspace, ids), store.interactions.headers(workspace, ids)
    )
