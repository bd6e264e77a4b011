"""Who is chosen where the caller leaves it open, why, and what would another policy have been worth?"""

from collections.abc import Iterable

from upspiral.domain import LoggedChoice, Scope
from upspiral.formatting import money, percent
from upspiral.plugin_kinds import ROUTING_POLICY
from upspiral.queries import routing as query
from upspiral.queries.routing import DomainRouting
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Visit, Visiting, read_plugin
from upspiral.server.console.words import rate_text
from upspiral.server.deps import path_of
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn, shorten
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()


@router.get("/routing")
@allows(Scope.READ)
def show_routing(visit: Visiting) -> Answer[str]:
    """Show the chances of every agent with their reasons, the newest choices, and another policy's worth."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    found = query.show_domain(runtime, workspace, visit.read_parameter("domain"))
    policy = visit.read_parameter("policy")
    choices, following = read_page(
        lambda place, n: query.list_choices(runtime, workspace, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
    )
    return visit.answer(
        "routing.html",
        title="Routing",
        tables=[to_shares(found), to_worth(visit, policy), to_choices(choices, following)],
        found=found,
        policies=ROUTING_POLICY.list_names(),
        policy=policy or "",
    )


def to_shares(found: DomainRouting) -> DataTable:
    """Give every agent's share of the requests in a domain, the largest first, and why it has it."""
    rows = []
    for one in sorted(found.agents, key=lambda agent: -agent.probability):
        seen = one.numbers
        rows.append(
            [
                Cell(one.agent),
                Cell(percent(one.probability)),
                Cell(rate_text(seen.mean, seen.low, seen.high) if seen else "no numbers"),
                Cell(f"{seen.evidence:.0f}" if seen else ""),
                Cell(f"{seen.latency_ms:.0f}" if seen else ""),
                Cell(money(seen.cost) if seen and seen.cost is not None else "not known"),
                Cell("; ".join(one.rules)),
                Cell(one.words),
            ]
        )
    return DataTable(
        name="shares",
        caption=f"Shares in {'all domains together' if found.domain == found.domains[0] else found.domain}",
        columns=(
            TableColumn("Agent"),
            TableColumn("Share", is_number=True),
            TableColumn("Success (95 %)"),
            TableColumn("Outcomes", is_number=True),
            TableColumn("Milliseconds", is_number=True),
            TableColumn("Cost", is_number=True),
            TableColumn("Rules", is_long=True),
            TableColumn("Why", is_long=True),
        ),
        rows=rows,
        empty=Empty(
            "There is nobody to choose from.",
            "Requests for the model `auto` are shared among agents. Make one with `upspiral agents create`.",
        ),
    )


def to_worth(visit: Visit, policy: str | None) -> DataTable:
    """Give what another policy would have been worth on the logged choices; no row where none is named.

    Raises:
        InvalidInput: There is no such policy.
    """
    rows = []
    if policy:
        found = query.estimate_policy(
            visit.app.runtime, visit.app.workspace, read_plugin(ROUTING_POLICY, policy)
        )
        value, refusal = found.value, found.refusal
        read = value.doubly_robust if value else None
        rows = [
            [
                Cell(found.policy),
                Cell(rate_text(read.value, read.low, read.high) if read else "not known"),
                Cell(percent(found.logged)),
                Cell(f"{found.learned_from:,}"),
                Cell(f"{found.judged_on:,}"),
                Cell(percent(found.floor_share)),
                Cell(refusal.reason if refusal else ""),
            ]
        ]
    return DataTable(
        name="worth",
        caption="What another policy would have been worth",
        columns=(
            TableColumn("Policy"),
            TableColumn("Mean score (95 %)"),
            TableColumn("As it was", is_number=True),
            TableColumn("Learned from", is_number=True),
            TableColumn("Judged on", is_number=True),
            TableColumn("Given away", is_number=True),
            TableColumn("Why it is not known", is_long=True),
        ),
        rows=rows,
        empty=Empty(
            "No policy is chosen.",
            "Choose one, and see what it would have been worth on the choices that were made.",
        ),
    )


def to_choices(choices: Iterable[LoggedChoice], following: str | None) -> DataTable:
    """Give the newest choices, each with the chance with which it was made."""
    return DataTable(
        name="choices",
        caption="The newest choices",
        columns=(
            TableColumn("When (UTC)"),
            TableColumn("Domain"),
            TableColumn("Chosen"),
            TableColumn("Chance", is_number=True),
            TableColumn("Policy"),
            TableColumn("Why", is_long=True),
        ),
        rows=[
            [
                Cell(moment(one.at), href=path_of("/interactions", one.id)),
                Cell(one.domain),
                Cell(one.agent),
                Cell(percent(one.probability)),
                Cell(one.policy),
                shorten(one.reason, 200),
            ]
            for one in choices
        ],
        empty=Empty(
            "Nobody was chosen yet.",
            "Send a request with the model `auto`; the policy then chooses an agent, and the choice "
            "stands here.",
            "Look at the API",
            "/docs",
        ),
        next=following,
    )
