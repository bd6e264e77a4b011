"""What did the nights do? All of them, and one as a report in plain words with its timeline."""

from upspiral.cycle import report
from upspiral.cycle.report import NightSummary
from upspiral.domain import CycleEvent, CycleKind, Pair, Scope
from upspiral.domain.ids import CycleId
from upspiral.formatting import percent
from upspiral.queries import nights as query
from upspiral.queries.nights import CycleDetails
from upspiral.queries.workspace import list_agents
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Form, Visiting, redirect
from upspiral.server.console.words import describe_night, ending_cell, rate_text
from upspiral.server.deps import path_of
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn, shorten
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
PATH = "/nights"
TARGET_GAIN_POINTS = (5, 10)
"""A night that promotes is to win so many points of success."""
TARGET_P95_MS = 1000
EVENT_TONES = {"failed": "bad", "finished": "good", "ended": "good"}


@router.get(PATH)
@allows(Scope.READ)
def list_nights(visit: Visiting) -> Answer[str]:
    """List the nights, newest first, with how each ended."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    agent = visit.require_agent(visit.read_parameter("agent"))
    nights, following = read_page(
        lambda place, n: report.history(runtime, workspace, agent, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
        place=lambda one: one.place,
    )
    agents = [one.id for one in list_agents(runtime, workspace)]
    return visit.answer(
        "nights.html", title="Nights", tables=[to_table(nights, following)], agents=agents, agent=agent
    )


@router.post(PATH)
@allows(Scope.OPERATE)
def start_night(visit: Visiting, form: Form) -> Answer[str]:
    """Start a night of an agent; it goes on in the background."""
    cycle = visit.app.begin(CycleKind.IMPROVE, visit.app.agent(form.get("agent", "")).id)
    return redirect(path_of(PATH, cycle.id), notice="started")


@router.get(f"{PATH}/{{cycle}}")
@allows(Scope.READ)
def show_night(cycle: str, visit: Visiting) -> Answer[str]:
    """Tell one night in plain words, with what it made, step by step."""
    found = query.show_cycle(visit.app.runtime, visit.app.workspace, cycle)
    night = report.night(visit.app.runtime, found.cycle)
    return visit.answer(
        "night.html",
        title=f"Night of {found.cycle.agent}",
        tables=[list_checks(found), list_levers(found), list_pairs(found)],
        found=found,
        night=night,
        told=describe_night(night),
        ending=ending_cell(night.ending),
        targets=compare_targets(found, night),
        event_tones=EVENT_TONES,
        describe_event=describe_event,
    )


@router.post(f"{PATH}/{{cycle}}/cancel")
@allows(Scope.OPERATE)
def cancel_night(cycle: str, visit: Visiting, form: Form) -> Answer[str]:
    """End a night: its training stops, its canary is rolled back, the live version stays."""
    visit.app.cancel(CycleId(cycle), reason=form.get("reason") or "Cancelled in the console.")
    return redirect(path_of(PATH, cycle), notice="cancelled")


def to_table(nights: list[NightSummary], following: str | None) -> DataTable:
    """Give nights as the rows of a table."""
    return DataTable(
        name="nights",
        caption="Nights",
        columns=(
            TableColumn("Began (UTC)"),
            TableColumn("Agent"),
            TableColumn("Kind"),
            TableColumn("Ending"),
            TableColumn("Lever"),
            TableColumn("Gain, points", is_number=True),
            TableColumn("Why", is_long=True),
        ),
        rows=[
            [
                Cell(moment(one.started), href=path_of(PATH, one.cycle)),
                Cell(one.agent),
                Cell(one.story),
                ending_cell(one.ending),
                Cell(one.lever or ""),
                Cell("" if one.gain is None else f"{100 * one.gain:+.1f}"),
                shorten(one.reason, 200),
            ]
            for one in nights
        ],
        empty=Empty(
            "There was no night yet.",
            "A night begins by the schedule, or when you start one. It needs rated answers to learn from.",
        ),
        next=following,
    )


def list_checks(found: CycleDetails) -> DataTable:
    """Give what the gate asked, and what it found."""
    checks = found.decision.checks if found.decision else ()
    return DataTable(
        name="checks",
        caption="What the gate asked",
        columns=(TableColumn("Question"), TableColumn("Answer"), TableColumn("Found", is_long=True)),
        rows=[
            [
                Cell(one.name),
                Cell("passed", tone="good") if one.passed else Cell("refused", tone="bad"),
                Cell(one.detail),
            ]
            for one in checks
        ],
        empty=Empty("The gate was not asked.", "It is asked once a night, about one candidate."),
    )


def list_levers(found: CycleDetails) -> DataTable:
    """Give what each lever did, in the order of the plan."""
    return DataTable(
        name="levers",
        caption="What it tried",
        columns=(
            TableColumn("Lever"),
            TableColumn("How far it came"),
            TableColumn("Expected gain, points", is_number=True),
            TableColumn("Gain, points", is_number=True),
            TableColumn("Why", is_long=True),
        ),
        rows=[
            [
                Cell(one.lever),
                Cell(one.state),
                Cell(f"{100 * one.expected_gain:+.1f}"),
                Cell("" if one.gain is None else f"{100 * one.gain:+.1f}"),
                Cell(one.reason),
            ]
            for one in found.levers
        ],
        empty=Empty("It tried nothing.", "Levers are tried once weaknesses are found."),
    )


def list_pairs(found: CycleDetails) -> DataTable:
    """Give the held-out cases with both answers."""
    pairs = found.report.pairs if found.report else ()
    return DataTable(
        name="cases",
        caption="The held-out cases",
        columns=(
            TableColumn("Kind of case"),
            TableColumn("Live version", is_long=True),
            TableColumn("Score", is_number=True),
            TableColumn("Candidate", is_long=True),
            TableColumn("Score", is_number=True),
            TableColumn("Which is better"),
        ),
        rows=[
            [
                Cell(one.slice),
                shorten(one.incumbent_answer),
                Cell("" if one.incumbent is None else f"{one.incumbent:.2f}"),
                shorten(one.candidate_answer),
                Cell("" if one.candidate is None else f"{one.candidate:.2f}"),
                _better(one),
            ]
            for one in pairs
        ],
        empty=Empty("Nothing was compared.", "A candidate answers the held-out cases before the gate."),
    )


def _better(pair: Pair) -> Cell:
    if pair.preference is None:
        return Cell("not known")
    if pair.preference > 0:
        return Cell("candidate", tone="good")
    return Cell("live version", tone="bad") if pair.preference < 0 else Cell("neither")


def compare_targets(found: CycleDetails, night: NightSummary) -> list[tuple[str, str, str]]:
    """Give what a night is to reach beside what it reached: what, the target, and what was reached."""
    low, high = TARGET_GAIN_POINTS
    reached = "not measured" if night.gain is None else f"{100 * night.gain:+.1f} points"
    use = found.report.candidate_use if found.report else None
    took = f"{use.p95_ms:.0f} ms" if use else "not measured"
    return [
        ("Success won", f"+{low} to +{high} points", reached),
        ("95 of 100 answers within", f"{TARGET_P95_MS} ms", took),
        ("Held-out success", "above the live version", _compare_rates(found)),
    ]


def _compare_rates(found: CycleDetails) -> str:
    if not found.report:
        return "not measured"
    overall = found.report.overall
    gain = rate_text(overall.candidate_rate - overall.incumbent_rate, overall.gain_low, overall.gain_high)
    return f"{percent(overall.candidate_rate)} against {percent(overall.incumbent_rate)}; difference {gain}"


def describe_event(event: CycleEvent) -> str:
    """Tell one event of a night.

    >>> from unittest.mock import Mock
    >>> describe_event(Mock(step="find_patterns", what="finished"))
    'find patterns finished'
    """
    return f"{event.step.replace('_', ' ')} {event.what}"
