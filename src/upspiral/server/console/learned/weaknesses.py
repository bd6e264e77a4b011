"""Where do agents keep failing, and what would help?"""

from upspiral.domain import Pattern, Polarity, Scope, Trend
from upspiral.domain.learning import Suggestion
from upspiral.formatting import percent
from upspiral.queries import quality as query
from upspiral.server.answers import Answer
from upspiral.server.console.interactions import list_rows
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Visiting
from upspiral.server.console.words import rate_text
from upspiral.server.deps import path_of
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn, shorten
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
PATH = "/weaknesses"
TREND_TONES = {Trend.GROWING: "bad", Trend.STEADY: "calm", Trend.FADING: "good"}


@router.get(PATH)
@allows(Scope.READ)
def list_weaknesses(visit: Visiting) -> Answer[str]:
    """List weaknesses and strengths, those found last first."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    agent = visit.require_agent(visit.read_parameter("agent"))
    rows, following = read_page(
        lambda place, n: query.list_patterns(runtime, workspace, agent=agent, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
    )
    hint = "" if rows else query.explain_no_weakness(runtime, workspace, agent=agent)
    return visit.answer("weaknesses.html", title="Weaknesses", tables=[to_table(rows, following, hint)])


@router.get(f"{PATH}/{{pattern}}")
@allows(Scope.READ)
def show_weakness(pattern: str, visit: Visiting) -> Answer[str]:
    """Show one weakness or strength: what sets it apart, its members, and what would help."""
    found = query.show_pattern(visit.app.runtime, visit.app.workspace, pattern)
    empty = Empty("Its members are gone.", "They were erased, or are older than what is kept.")
    return visit.answer(
        "weakness.html",
        title=found.pattern.name,
        tables=[list_rows(found.members, empty=empty, following=None), to_suggestions(found.suggestions)],
        pattern=found.pattern,
        trend=Cell(found.pattern.trend, tone=TREND_TONES[found.pattern.trend]),
        is_weakness=found.pattern.polarity == Polarity.WEAKNESS,
        rate=rate_text(
            found.pattern.failure_rate, found.pattern.failure_rate_low, found.pattern.failure_rate_high
        ),
        share=rate_text(found.pattern.share, found.pattern.share_low, found.pattern.share_high),
    )


def to_table(rows: list[Pattern], following: str | None, hint: str) -> DataTable:
    """Give weaknesses and strengths as the rows of a table."""
    return DataTable(
        name="weaknesses",
        caption="Weaknesses",
        columns=(
            TableColumn("What", is_long=True),
            TableColumn("Agent"),
            TableColumn("Kind"),
            TableColumn("State"),
            TableColumn("Trend"),
            TableColumn("Failures", is_number=True),
            TableColumn("Fails (95 %)"),
            TableColumn("Share of all failures", is_number=True),
        ),
        rows=[
            [
                Cell(one.name, href=path_of(PATH, one.id)),
                Cell(one.agent),
                Cell(one.polarity, tone="bad" if one.polarity == Polarity.WEAKNESS else "good"),
                Cell(one.state),
                Cell(one.trend, tone=TREND_TONES[one.trend]),
                Cell(f"{one.failures:,}"),
                Cell(rate_text(one.failure_rate, one.failure_rate_low, one.failure_rate_high)),
                Cell(percent(one.share)),
            ]
            for one in rows
        ],
        empty=Empty(
            "No weakness is known.", hint or "The weekly look, or a night, finds them.", "Nights", "/nights"
        ),
        next=following,
    )


def to_suggestions(suggestions: list[Suggestion]) -> DataTable:
    """Give what would help, the likeliest first."""
    return DataTable(
        name="suggestions",
        caption="What would help",
        columns=(
            TableColumn("Remedy"),
            TableColumn("What to do", is_long=True),
            TableColumn("Expected gain, points (95 %)"),
            TableColumn("Credits", is_number=True),
            TableColumn("What that rests on", is_long=True),
        ),
        rows=[
            [
                Cell(one.remedy),
                shorten(one.text, 240),
                Cell(f"{one.gain:+.1f} ({one.gain_low:+.1f} to {one.gain_high:+.1f})"),
                Cell(f"{one.cost:g}"),
                Cell(one.basis),
            ]
            for one in suggestions
        ],
        empty=Empty("Nothing is suggested.", "It is mended, or it is a strength."),
    )
