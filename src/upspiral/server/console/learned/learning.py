"""What do recommendations that turned out well have in common? Patterns, rules, profiles and insights."""

from collections.abc import Iterable, Sequence

from upspiral.domain import Scope
from upspiral.domain.learning import (
    AgentProfile,
    Category,
    Insight,
    Learned,
    LearnedPattern,
    LearningRun,
    Rule,
    RuleState,
)
from upspiral.errors import InvalidInput
from upspiral.formatting import percent
from upspiral.queries import learning as query
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Visit, Visiting, redirect
from upspiral.server.console.words import rate_text
from upspiral.server.html.render import moment, words
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
PATH = "/learning"
RULE_TONES = {RuleState.PROPOSED: "warn", RuleState.ACTIVE: "good", RuleState.RETIRED: "calm"}
CATEGORIES = tuple((str(one), words(one)) for one in Category)


@router.get(PATH)
@allows(Scope.READ)
def show_learning(visit: Visiting) -> Answer[str]:
    """Show what the newest learning cycle found, and how well the cycles before predicted."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    category = visit.read_parameter("category")
    if category and category not in dict(CATEGORIES):
        raise InvalidInput(f"There is no kind of pattern {category!r}.", hint="Choose one of the tabs.")
    learned = visit.app.read_learned()
    runs, following = read_page(
        lambda place, n: query.list_iterations(runtime, workspace, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
    )
    return visit.answer(
        "learning.html",
        title="Learning",
        tables=[*list_findings(visit, learned, category), to_runs(runs, following)],
        stats=query.measure_learning(runtime, workspace, learned),
        categories=CATEGORIES,
        category=category,
    )


@router.post(PATH)
@allows(Scope.OPERATE)
def run_learning(visit: Visiting) -> Answer[str]:
    """Run the learning cycle now, as the schedule does."""
    visit.app.run_routine("learning")
    return redirect(PATH, notice="learned")


def list_findings(visit: Visit, learned: Learned | None, category: str | None) -> list[DataTable]:
    """Give what the newest learning cycle left behind as tables; of the patterns those of one kind."""
    patterns = [one for one in learned.patterns if category in (None, one.category)] if learned else []
    nothing = query.explain_nothing_learned(visit.app.runtime, learned)
    no_rule = query.explain_no_rule(visit.app.runtime, learned)
    return [
        to_patterns(sorted(patterns, key=lambda one: (-one.confidence_level, one.id)), nothing),
        to_rules(learned.rules if learned else (), no_rule),
        to_profiles(learned.profiles if learned else ()),
        to_insights((*learned.insights, *learned.recommendations) if learned else ()),
    ]


def to_patterns(patterns: Sequence[LearnedPattern], nothing: str | None) -> DataTable:
    """Give patterns, the surest first."""
    return DataTable(
        name="patterns",
        caption="Patterns",
        columns=(
            TableColumn("Pattern", is_long=True),
            TableColumn("Kind"),
            TableColumn("Approved (95 %)"),
            TableColumn("All others", is_number=True),
            TableColumn("Seen", is_number=True),
            TableColumn("Confidence", is_number=True),
            TableColumn("Strength"),
            TableColumn("Confirmed"),
        ),
        rows=[
            [
                Cell(one.name),
                Cell(words(one.category)),
                Cell(rate_text(one.success_rate, one.success_low, one.success_high)),
                Cell(percent(one.rest_rate)),
                Cell(f"{one.frequency_count:,}"),
                Cell(percent(one.confidence_level)),
                Cell(words(one.recommendation_strength)),
                Cell("confirmed", tone="good") if one.confirmed else Cell("not yet", tone="calm"),
            ]
            for one in patterns
        ],
        empty=Empty("No pattern is known.", nothing or "There is none of this kind; look at all kinds."),
    )


def to_rules(rules: Iterable[Rule], nothing: str | None) -> DataTable:
    """Give rules with where each is in its life."""
    return DataTable(
        name="rules",
        caption="Rules",
        columns=(
            TableColumn("Rule", is_long=True),
            TableColumn("State"),
            TableColumn("For"),
            TableColumn("Approved", is_number=True),
            TableColumn("Effect, points", is_number=True),
            TableColumn("Seen", is_number=True),
            TableColumn("Proposed (UTC)"),
            TableColumn("Confirmed (UTC)"),
            TableColumn("Why it was retired", is_long=True),
        ),
        rows=[
            [
                Cell(one.text),
                Cell(one.state, tone=RULE_TONES[one.state]),
                Cell(one.kind),
                Cell(percent(one.success_rate)),
                Cell(f"{100 * one.effectiveness:+.1f}"),
                Cell(f"{one.observed:,}"),
                Cell(moment(one.proposed_at)),
                Cell(moment(one.confirmed_at)),
                Cell(one.retired_because or ""),
            ]
            for one in rules
        ],
        empty=Empty("There is no rule.", nothing or "Confirmed patterns become rules."),
    )


def to_profiles(profiles: Iterable[AgentProfile]) -> DataTable:
    """Give what each agent is good and bad at."""
    return DataTable(
        name="profiles",
        caption="Agents",
        columns=(
            TableColumn("Agent"),
            TableColumn("Approved (95 %)"),
            TableColumn("With an outcome", is_number=True),
            TableColumn("Better than others at", is_long=True),
            TableColumn("Worse than others at", is_long=True),
            TableColumn("Too sure by, points", is_number=True),
        ),
        rows=[
            [
                Cell(one.agent),
                Cell(rate_text(one.approval_rate, one.approval_low, one.approval_high)),
                Cell(f"{one.settled:,}"),
                Cell(", ".join(one.strengths)),
                Cell(", ".join(one.weaknesses)),
                Cell("" if one.overconfidence is None else f"{100 * one.overconfidence:+.1f}"),
            ]
            for one in profiles
        ],
        empty=Empty("No agent has a profile.", "An agent gets one once its recommendations are judged."),
    )


def to_insights(insights: Iterable[Insight]) -> DataTable:
    """Give what is worth knowing, with what it rests on."""
    return DataTable(
        name="insights",
        caption="Insights",
        columns=(TableColumn("What to know", is_long=True), TableColumn("What it rests on", is_long=True)),
        rows=[[Cell(one.text), Cell(", ".join(one.evidence))] for one in insights],
        empty=Empty("There is no insight yet.", "Insights come from patterns and profiles."),
    )


def to_runs(runs: Iterable[LearningRun], following: str | None) -> DataTable:
    """Give the learning cycles, newest first, each with how well it predicted what came after it."""
    found = [one.learned.iteration for one in runs]
    return DataTable(
        name="runs",
        caption="Learning cycles",
        columns=(
            TableColumn("Began (UTC)"),
            TableColumn("Recommendations", is_number=True),
            TableColumn("Patterns", is_number=True),
            TableColumn("Confirmed", is_number=True),
            TableColumn("Predicted right", is_number=True),
            TableColumn("By guessing", is_number=True),
            TableColumn("Covered", is_number=True),
        ),
        rows=[
            [
                Cell(moment(one.started_at)),
                Cell(f"{one.samples_analyzed:,}"),
                Cell(f"{one.patterns_discovered:,}"),
                Cell(f"{one.patterns_confirmed:,}"),
                Cell(_share(one.iteration_accuracy)),
                Cell(_share(one.iteration_base_rate)),
                Cell(_share(one.iteration_coverage)),
            ]
            for one in found
        ],
        empty=Empty(
            "No learning cycle has run yet.",
            "A server runs one each night; an operator can run one now with the button above.",
        ),
        next=following,
    )


def _share(value: float | None) -> str:
    return "not known yet" if value is None else percent(value)
