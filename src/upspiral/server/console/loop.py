"""The first page: is it getting better, what is running, and what needs me?"""

from collections import defaultdict

from upspiral.admin.database import find_problems
from upspiral.domain import Scope
from upspiral.formatting import number_of, percent
from upspiral.queries import overview as query
from upspiral.queries.overview import LoopOverview, Progress
from upspiral.server.answers import Answer
from upspiral.server.console.visit import ConsoleRouter, Visiting
from upspiral.server.console.words import ENDING_TONES, describe_arms, describe_night, ending_cell
from upspiral.server.html.charts import Point, draw_band
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn
from upspiral.server.policy import allows

router = ConsoleRouter()
NO_DAYS = Empty(
    "Nothing is rated yet.",
    "Send requests through the gateway or record them, and say how they went; "
    "then this page shows the success rate day by day.",
    "Look at the API",
    "/docs",
)
HEADLINES = {
    "better": ("It is getting better", "good"),
    "worse": ("It is getting worse", "bad"),
    "steady": ("It is steady", "calm"),
    "unknown": ("Too little is rated to say yet", "calm"),
}


@router.get("/")
@allows(Scope.READ)
def show_loop(visit: Visiting) -> Answer[str]:
    """Show the loop: the success rate with the nights on it, what is running, and what needs a person."""
    app, agent = visit.app, visit.require_agent(visit.read_parameter("agent"))
    found = query.show_loop(app.runtime, app.workspace, agent=agent)
    days = list_days(found)
    headline, tone = HEADLINES[found.progress.direction]
    return visit.answer(
        "loop.html",
        title="Loop",
        tables=[to_table(days)],
        headline=headline,
        tone=tone,
        explanation=explain_progress(found.progress),
        progress=found.progress,
        chart=draw_band("Success rate by day, with its 95 % interval; nights are marked", days),
        overview=found,
        loop_agents=[one.id for one in found.agents],
        agent=agent,
        problems=find_problems(app.runtime, app.recurring),
        ending_cell=ending_cell,
        describe_night=describe_night,
        describe_arms=describe_arms,
    )


def list_days(found: LoopOverview) -> list[Point]:
    """Give the days of the chart, each with the nights that ended on it."""
    ended = defaultdict(list)
    for night in found.nights:
        if night.ended and night.ending:
            ended[night.ended.isoformat()[:10]].append(night)
    known = {one.key: one for one in found.days}
    points = []
    for day in sorted({*known, *ended}):
        nights, one = ended.get(day, []), known.get(day)
        points.append(
            Point(
                day,
                one.rate if one else None,
                one.low if one else 0.0,
                one.high if one else 1.0,
                ", ".join(f"{n.agent}: {(n.ending or '').replace('_', ' ')}" for n in nights),
                ENDING_TONES[nights[0].ending] if nights and nights[0].ending else "calm",
            )
        )
    return points


def to_table(days: list[Point]) -> DataTable:
    """Give the numbers of the chart."""
    return DataTable(
        name="days",
        caption="Success rate by day",
        columns=(
            TableColumn("Day"),
            *(TableColumn(name, is_number=True) for name in ("Rate", "Low", "High")),
            TableColumn("Nights", is_long=True),
        ),
        rows=[
            [Cell(one.label), *(Cell(percent(value)) for value in _limits(one)), Cell(one.note)]
            for one in days
        ],
        empty=NO_DAYS,
    )


def _limits(one: Point) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if one.value is None else (one.value, one.low, one.high)


def explain_progress(progress: Progress) -> str:
    """Say in one sentence what the direction rests on."""
    recent, earlier = progress.recent, progress.earlier
    if not recent.n:
        return "No rated answer in the last 7 days."
    if not earlier.n:
        return (
            f"{percent(recent.rate)} of {number_of(recent.n, 'rated answer')} in the last 7 days went well; "
            "there is nothing before that to compare with."
        )
    low, high = (100 * one for one in (progress.difference_low, progress.difference_high))
    return (
        f"{percent(recent.rate)} of {number_of(recent.n, 'rated answer')} went well in the last 7 days, "
        f"{percent(earlier.rate)} of {number_of(earlier.n, 'rated answer')} in the 4 weeks before: "
        f"{low:+.1f} to {high:+.1f} points with 95 % confidence."
    )
