"""Who was chosen, and what would another policy have been worth?"""

from upspiral.cursor import Cursor
from upspiral.domain import LoggedChoice
from upspiral.domain.ids import WorkspaceId
from upspiral.route import what_if
from upspiral.route.whatif import WhatIf
from upspiral.runtime import Runtime


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
    return what_if(runtime.store, workspace, policy, settings=runtime.settings.route)
