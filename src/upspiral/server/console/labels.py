"""Which of two answers is better? A queue for people, key by key; nobody is told whose answer it is."""

from upspiral.admin import labels as admin
from upspiral.domain import EvalReport, Scope
from upspiral.domain.judgment.blinding import flips, to_better
from upspiral.errors import InvalidInput
from upspiral.formatting import percent
from upspiral.queries import labels as query
from upspiral.queries import nights
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Form, Visiting, redirect
from upspiral.server.deps import path_of
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
PATH = "/labels"
CHOICES = ("first", "second", "tie")


@router.get(PATH)
@allows(Scope.READ)
def list_comparisons(visit: Visiting) -> Answer[str]:
    """List the comparisons whose pairs people may label, newest first."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    rows, following = read_page(
        lambda place, n: nights.list_evaluations(runtime, workspace, agent=None, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
    )
    judged = [one for one in rows if one.judge]
    return visit.answer("comparisons.html", title="Labels", tables=[to_table(judged, following)])


@router.get(f"{PATH}/{{evaluation}}")
@allows(Scope.READ)
def show_pair(evaluation: str, visit: Visiting) -> Answer[str]:
    """Show the next pair of a comparison that the visitor has not labeled."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    report = nights.get_evaluation(runtime, workspace, evaluation)
    pairs = query.list_pairs_to_label(runtime, workspace, evaluation, rater=visit.who)
    skipped = int(visit.read_parameter("skip") or 0) if (visit.read_parameter("skip") or "0").isdigit() else 0
    pair = pairs[skipped % len(pairs)] if pairs else None
    answers = [pair.candidate_answer, pair.incumbent_answer] if pair else []
    given = query.list_labels(runtime, workspace, evaluation)
    return visit.answer(
        "label.html",
        title="Which is better?",
        report=report,
        pair=pair,
        answers=answers[::-1] if pair and flips(pair.pair, visit.who) else answers,
        left=len(pairs),
        mine=sum(one.rater == visit.who for one in given),
        skip=skipped,
        decision=nights.find_decision(runtime, workspace, report),
    )


@router.post(f"{PATH}/{{evaluation}}")
@allows(Scope.FEEDBACK, Scope.OPERATE)
def give_label(evaluation: str, visit: Visiting, form: Form) -> Answer[str]:
    """Keep which answer of a pair the visitor prefers."""
    pair, choice = form.get("pair", ""), form.get("better", "")
    if choice not in CHOICES:
        raise InvalidInput(f"{choice!r} is no preference.", hint="Press one of the buttons.")
    better = to_better(choice, flipped=flips(pair, visit.who))
    runtime, workspace = visit.app.runtime, visit.app.workspace
    admin.give_label(runtime, workspace, evaluation, pair=pair, rater=visit.who, better=better)
    skip = form.get("skip", "")
    place = path_of(PATH, evaluation) + (f"?skip={skip}" if skip.isdigit() and skip != "0" else "")
    return redirect(place, notice="labeled")


@router.post(f"{PATH}/{{evaluation}}/decision")
@allows(Scope.OPERATE)
def ask_gate(evaluation: str, visit: Visiting) -> Answer[str]:
    """Ask the gate about a comparison, once its pairs are labeled."""
    admin.ask_gate(visit.app.runtime, visit.app.workspace, evaluation)
    return redirect(path_of(PATH, evaluation), notice="decided")


def to_table(reports: list[EvalReport], following: str | None) -> DataTable:
    """Give comparisons by a judge as the rows of a table."""
    return DataTable(
        name="comparisons",
        caption="Comparisons",
        columns=(
            TableColumn("When (UTC)"),
            TableColumn("Agent"),
            TableColumn("Pairs", is_number=True),
            TableColumn("Candidate preferred", is_number=True),
            TableColumn("Which", is_long=True),
        ),
        rows=[
            [
                Cell(moment(one.at), href=path_of(PATH, one.id)),
                Cell(one.agent),
                Cell(str(len(one.pairs))),
                Cell(percent(one.overall.candidate_rate)),
                Cell(f"{one.candidate} against {one.incumbent}"),
            ]
            for one in reports
        ],
        empty=Empty(
            "There is nothing to label.",
            "Where a judge compares answers, people label some of its pairs, so that its error is known. "
            "Set evaluate.scorer to judge; the next night makes a comparison.",
            "Settings",
            "/settings",
        ),
        next=following,
    )
