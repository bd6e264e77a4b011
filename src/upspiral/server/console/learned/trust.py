"""Whom can one rely on? Agents by domain with their intervals, and the people who rate them."""

from upspiral.domain import RaterWeight, Scope
from upspiral.domain.learning import TrustScore
from upspiral.formatting import percent
from upspiral.queries import interactions as query
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Visiting
from upspiral.server.console.words import rate_text
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn, shorten
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
TREND_TONES = {"improving": "good", "declining": "bad"}
NO_TRUST = Empty(
    "Nothing is settled yet.",
    "Trust grows with every answer that somebody rates.",
    "Interactions",
    "/interactions",
)


@router.get("/trust")
@allows(Scope.READ)
def show_trust(visit: Visiting) -> Answer[str]:
    """Show how far each agent is trusted, in each domain, and who rates them."""
    app = visit.app
    scores = app.runtime.projections.trust(app.workspace).scores()
    raters, following = read_page(
        lambda place, n: query.list_raters(
            app.runtime, app.workspace, name=None, below=None, after=place, limit=n
        ),
        visit.read_parameter("after"),
        PAGE_ROWS,
    )
    tables = [to_scores(scores), to_domains(scores), to_raters(raters, following)]
    return visit.answer("trust.html", title="Trust", tables=tables)


def to_scores(scores: list[TrustScore]) -> DataTable:
    """Give how far each agent is trusted, the one that most probably succeeds first."""
    return DataTable(
        name="agents",
        caption="Agents",
        columns=(
            TableColumn("Agent"),
            TableColumn("Expected success", is_number=True),
            TableColumn("Surely above", is_number=True),
            TableColumn("Trust score", is_number=True),
            TableColumn("Strength"),
            TableColumn("Trend"),
            TableColumn("Outcomes", is_number=True),
            TableColumn("Take care", is_long=True),
        ),
        rows=[
            [
                Cell(one.agent_name),
                Cell(percent(one.expected_success)),
                Cell(percent(one.expected_success_low)),
                Cell(f"{one.overall_trust_score:.2f}"),
                Cell(one.strength.replace("_", " ")),
                Cell(one.trend, tone=TREND_TONES.get(one.trend, "calm")),
                Cell(f"{one.sample_size:,}"),
                Cell(one.warning or ""),
            ]
            for one in scores
        ],
        empty=NO_TRUST,
    )


def to_domains(scores: list[TrustScore]) -> DataTable:
    """Give what is believed of each agent in each domain; decisions rest on this."""
    return DataTable(
        name="domains",
        caption="Agents by domain",
        columns=(
            TableColumn("Agent"),
            TableColumn("Domain", is_long=True),
            TableColumn("Success (95 %)"),
            TableColumn("Outcomes", is_number=True),
        ),
        rows=[
            [
                Cell(score.agent_name),
                Cell(one.domain or "no domain"),
                Cell(rate_text(one.mean, one.low, one.high)),
                Cell(f"{one.n:.0f}"),
            ]
            for score in scores
            for one in score.posterior
        ],
        empty=NO_TRUST,
    )


def to_raters(raters: list[RaterWeight], following: str | None) -> DataTable:
    """Give who rates, how much their word counts, and why."""
    return DataTable(
        name="raters",
        caption="Raters",
        columns=(
            TableColumn("Rater"),
            TableColumn("Weight", is_number=True),
            TableColumn("Votes", is_number=True),
            TableColumn("Right", is_number=True),
            TableColumn("Why", is_long=True),
        ),
        rows=[
            [
                Cell(one.voice),
                Cell(f"{one.weight:.2f}"),
                Cell(f"{one.votes:,}"),
                Cell(percent(one.right)),
                shorten(one.reason, 200),
            ]
            for one in raters
        ],
        empty=Empty("Nobody was weighed yet.", "Raters are weighed daily, once they have rated enough."),
        next=following,
    )
