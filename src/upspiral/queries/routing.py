"""Who was chosen, and what would another policy have been worth?"""

from msgspec import Struct

from upspiral.cursor import Cursor
from upspiral.domain import LoggedChoice
from upspiral.domain.ids import WorkspaceId
from upspiral.errors import NotFound
from upspiral.projections import Router
from upspiral.route import what_if
from upspiral.route.explain import Explanation
from upspiral.route.whatif import MODE_SEPARATOR, SettledChoice, WhatIf, select_settled
from upspiral.runtime import Runtime
from upspiral.store import Store

MAX_CHOICES = 50_000
"""Choices that are looked at, the newest."""
BATCH_ROWS = 5_000


class DomainRouting(Struct, frozen=True, kw_only=True):
    """Who is chosen in a domain now, and why."""

    policy: str
    settled: int
    """Outcomes that the chances rest on."""
    domains: list[str]
    """Every domain that has chances of its own; that of all domains together first."""
    domain: str
    agents: list[Explanation]
    floor_share: float
    """Part of the requests that is given away only to notice changes, 0 to 1."""
    floor_loss: float
    """What that costs in success rate, 0 to 1."""
    width: int
    """So many agents an ensemble asks together."""
    depth: int
    """So many agents a cascade asks in turn, at most."""
    threshold: float
    """The verifier's score from which a cascade takes an answer, 0 to 1."""


def open_router(runtime: Runtime, workspace: WorkspaceId, *, speed: bool | None) -> tuple[Router, bool]:
    """Give the router with its tables for callers in a hurry, or not; None leaves it to the setting."""
    router = runtime.routers.get(workspace)
    wanted = runtime.settings.route.speed if speed is None else speed
    router.prepare_speed(wanted)
    return router, wanted


def show_domain(runtime: Runtime, workspace: WorkspaceId, domain: str | None) -> DomainRouting:
    """Say who is chosen in a domain now, and why; None for all domains together.

    Raises:
        NotFound: Nothing was asked in that domain.
    """
    router, speed = open_router(runtime, workspace, speed=None)
    domains = router.list_domains()
    chosen = domain or domains[0]
    if chosen not in domains:
        raise NotFound(f"Nothing was asked in the domain {chosen!r}.", hint="Choose one of the list.")
    made, rung = router.table(chosen, speed=speed), router.cascade.rung(chosen)
    width, depth = router.reach(chosen, speed=speed)
    return DomainRouting(
        policy=router.policy.name,
        settled=router.now,
        domains=domains,
        domain=chosen,
        agents=router.explain(chosen, speed=speed),
        floor_share=sum(made.floors),
        floor_loss=made.floor_loss,
        width=width,
        depth=depth,
        threshold=rung.threshold,
    )


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
