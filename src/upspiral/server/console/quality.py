"""How good are the answers, where do they fail, and what does it cost?"""

from collections.abc import Sequence
from urllib.parse import urlencode

from upspiral.analyze.metrics import Breakdown, Costs
from upspiral.analyze.questions import ExplainedFailure, Reason
from upspiral.budget.spending import Spending
from upspiral.domain import Interaction, Scope, Status
from upspiral.domain.ids import AgentId
from upspiral.errors import InvalidInput
from upspiral.formatting import money, percent
from upspiral.queries import interactions, quality, spending
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Visit, Visiting
from upspiral.server.console.words import rate_text
from upspiral.server.deps import path_of
from upspiral.server.html.charts import Point, draw_band
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn, shorten
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
CUSTOMER = "customer"
GROUPS = (
    *(("agent", "by agent"), ("model", "by model"), ("domain", "by domain"), ("tool", "by tool")),
    (CUSTOMER, "by customer"),
)
COST_GROUPS = (("agent", "by agent"), ("model", "by model"), ("day", "by day"))
NOT_RATED = Empty(
    "Nothing was recorded yet.", "Send requests through the gateway, and say how they went.", "API", "/docs"
)


@router.get("/quality")
@allows(Scope.READ)
def show_quality(visit: Visiting) -> Answer[str]:
    """Show how answers are judged, by group and by day, why they fail, and the newest failures."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    agent = visit.require_agent(visit.read_parameter("agent"))
    by = visit.read_parameter("by") or "agent"
    if by not in dict(GROUPS):
        raise InvalidInput(f"Answers are not grouped by {by!r}.", hint="Choose one of the tabs.")
    days = quality.list_days(runtime, workspace, agent=agent)
    failures, following = read_page(
        lambda place, n: quality.list_failures(runtime, workspace, model=None, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
        place=lambda row: interactions.place_of(row[0]),
    )
    points = [Point(one.key, one.rate, one.low, one.high) for one in days]
    return visit.answer(
        "quality.html",
        title="Quality",
        tables=[
            _break_down(visit, by, agent),
            to_days(days),
            to_reasons(quality.list_failure_reasons(runtime, workspace, agent=agent)),
            to_failures(failures, following),
        ],
        by=by,
        groups=GROUPS,
        chart=draw_band("Success rate by day, with its 95 % interval", points),
        answered=sum(one.n for one in days),
        rated=sum(one.settled for one in days),
    )


def _break_down(visit: Visit, by: str, agent: AgentId | None) -> DataTable:
    runtime, workspace = visit.app.runtime, visit.app.workspace
    if by == CUSTOMER:
        return to_customers(quality.rank_customers(runtime, workspace, agent=agent))
    since = quality.find_first_day_shown(runtime)
    rows = quality.break_down(runtime, workspace, by=by, agent=agent, since=since)  # type: ignore[arg-type] # a group
    return to_groups(by, rows)


@router.get("/cost")
@allows(Scope.READ)
def show_cost(visit: Visiting) -> Answer[str]:
    """Show what answers cost, and what the nights spent on paid models."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    by = visit.read_parameter("by") or "agent"
    if by not in dict(COST_GROUPS):
        raise InvalidInput(f"Costs are not grouped by {by!r}.", hint="Choose agent, model or day.")
    costs = quality.sum_costs(runtime, workspace, by=by)  # type: ignore[arg-type] # one of COST_GROUPS
    nights = spending.sum_nights(runtime, workspace, by="day")
    return visit.answer(
        "cost.html",
        title="Cost",
        tables=[to_costs(by, costs), to_night_spending(nights)],
        by=by,
        groups=COST_GROUPS,
    )


def to_groups(by: str, rows: Sequence[Breakdown]) -> DataTable:
    """Give success by group, of the last days; the most surely weak one first."""
    return DataTable(
        name="groups",
        caption=f"Success by {by}, the last {quality.DAYS_SHOWN} days",
        columns=(
            TableColumn(by.capitalize(), is_long=True),
            *(TableColumn(one, is_number=True) for one in ("Interactions", "Rated", "Failed")),
            TableColumn("Success (95 %)"),
            TableColumn("Mean milliseconds", is_number=True),
            TableColumn("Calls that erred"),
        ),
        rows=[
            [
                Cell(one.key),
                Cell(f"{one.n:,}"),
                Cell(f"{one.settled:,}"),
                Cell(f"{one.failures:,}"),
                Cell(rate_text(one.rate, one.low, one.high)),
                Cell(f"{one.latency_ms:.0f}" if by != "tool" else ""),
                Cell(f"{one.call_errors:,} of {one.calls:,}" if one.calls else ""),
            ]
            for one in rows
        ],
        empty=NOT_RATED,
    )


def to_customers(rows: Sequence[Breakdown]) -> DataTable:
    """Give success by the end user who was answered; the most surely badly served first."""
    return DataTable(
        name="groups",
        caption=f"Success by customer, the newest {quality.MAX_VERDICTS_READ:,} rated answers",
        columns=(
            TableColumn("Customer", is_long=True),
            *(TableColumn(one, is_number=True) for one in ("Rated", "Failed")),
            TableColumn("Success (95 %)"),
        ),
        rows=[
            [
                Cell(one.key, href=_link_failures(one.key)),
                Cell(f"{one.settled:,}"),
                Cell(f"{one.failures:,}"),
                Cell(rate_text(one.rate, one.low, one.high)),
            ]
            for one in rows
        ],
        empty=Empty(
            "No rated answer names whom it served.",
            "Send `user` with each request, or `end_user` with what you record.",
            "Look at the API",
            "/docs",
        ),
    )


def _link_failures(customer: str) -> str:
    return f"/interactions?{urlencode({'end_user': customer, 'status': Status.FAILURE})}"


def to_days(days: Sequence[Breakdown]) -> DataTable:
    """Give the numbers of the chart."""
    return DataTable(
        name="days",
        caption="Success rate by day",
        columns=(
            TableColumn("Day"),
            *(TableColumn(name, is_number=True) for name in ("Rate", "Low", "High", "Rated")),
        ),
        rows=[
            [
                Cell(one.key),
                Cell(percent(one.rate)),
                Cell(percent(one.low)),
                Cell(percent(one.high)),
                Cell(f"{one.settled:,}"),
            ]
            for one in days
        ],
        empty=NOT_RATED,
    )


def to_reasons(reasons: Sequence[Reason]) -> DataTable:
    """Give the reasons of the newest failures, the commonest first."""
    return DataTable(
        name="reasons",
        caption="Why answers fail",
        columns=(
            TableColumn("Reason", is_long=True),
            TableColumn("Failures", is_number=True),
            TableColumn("Share (95 %)"),
            TableColumn("One of them"),
        ),
        rows=[
            [
                shorten(one.reason, 200),
                Cell(f"{one.failures:,}"),
                Cell(rate_text(one.share, one.low, one.high)),
                Cell("see it", href=path_of("/interactions", one.example)),
            ]
            for one in reasons
        ],
        empty=Empty("Nothing has failed.", "Failures show here once somebody rates an answer as bad."),
    )


def to_failures(failures: Sequence[tuple[Interaction, ExplainedFailure]], following: str | None) -> DataTable:
    """Give the newest failures, with what people said."""
    return DataTable(
        name="failures",
        caption="Problematic answers",
        columns=(
            TableColumn("When (UTC)"),
            TableColumn("Agent"),
            TableColumn("Question", is_long=True),
            TableColumn("Reason", is_long=True),
            TableColumn("Rating", is_number=True),
            TableColumn("Comment", is_long=True),
        ),
        rows=[
            [
                Cell(moment(turn.at), href=path_of("/interactions", turn.id)),
                Cell(turn.agent),
                shorten(turn.question),
                shorten(why.reason),
                Cell("" if why.rating is None else f"{why.rating:g} of 5"),
                shorten(why.comment or ""),
            ]
            for turn, why in failures
        ],
        empty=Empty("Nothing has failed.", "Failures show here once somebody rates an answer as bad."),
        next=following,
    )


def to_costs(by: str, costs: Sequence[Costs]) -> DataTable:
    """Give what answers cost by group."""
    return DataTable(
        name="costs",
        caption=f"Answers by {by}",
        columns=(
            TableColumn(by.capitalize(), is_long=True),
            *(
                TableColumn(name, is_number=True)
                for name in ("Interactions", "Of these priced", "Tokens read")
            ),
            *(TableColumn(name, is_number=True) for name in ("Tokens written", "Cost", "Each")),
        ),
        rows=[
            [
                Cell(one.key),
                Cell(f"{one.n:,}"),
                Cell(f"{one.priced:,}"),
                Cell(f"{one.input_tokens:,}"),
                Cell(f"{one.output_tokens:,}"),
                Cell(money(one.cost)),
                Cell(money(one.each)),
            ]
            for one in costs
        ],
        empty=NOT_RATED,
    )


def to_night_spending(nights: Sequence[Spending]) -> DataTable:
    """Give what the nights spent on paid models, by day."""
    return DataTable(
        name="spending",
        caption="What the nights spent on paid models",
        columns=(
            TableColumn("Day"),
            TableColumn("Calls", is_number=True),
            TableColumn("Tokens", is_number=True),
            TableColumn("US dollars", is_number=True),
            TableColumn("Without a price", is_number=True),
        ),
        rows=[
            [
                Cell(one.key),
                Cell(f"{one.calls:,}"),
                Cell(f"{one.used_tokens:,}"),
                Cell(money(one.used_usd)),
                Cell(f"{one.unpriced:,}"),
            ]
            for one in nights
        ],
        empty=Empty("The nights spent nothing.", "Only paid models of teachers, judges and drafts cost."),
    )
