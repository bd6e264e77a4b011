"""What did the nights try, and which learned texts wait for a person?"""

from upspiral.admin import approvals
from upspiral.domain import Scope
from upspiral.domain.learning.approval import ApprovalState
from upspiral.domain.learning.lever import LeverTrial, TrialState
from upspiral.errors import InvalidInput
from upspiral.queries import approvals as query
from upspiral.queries import nights
from upspiral.queries.approvals import ApprovalCard
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Form, Visiting, redirect
from upspiral.server.deps import path_of
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn, shorten
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
PATH = "/levers"
STATE_TONES = {
    ApprovalState.WAITING: "warn",
    ApprovalState.APPROVED: "good",
    ApprovalState.REFUSED: "bad",
    ApprovalState.USED: "good",
}
TRIAL_TONES = {TrialState.CHOSEN: "good", TrialState.FAILED: "bad", TrialState.WAITING: "warn"}
ANSWERS = {"approve": True, "refuse": False}


@router.get(PATH)
@allows(Scope.READ)
def list_levers(visit: Visiting) -> Answer[str]:
    """List the learned texts that people are asked about, and what each night tried."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    agent = visit.require_agent(visit.read_parameter("agent"))
    cards = query.list_approvals(runtime, workspace, agent=agent, is_open=False)
    trials, following = read_page(
        lambda place, n: nights.list_lever_trials(runtime, workspace, agent=agent, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
    )
    tables = [to_approvals(cards[:PAGE_ROWS]), to_trials(trials, following)]
    return visit.answer("levers.html", title="Levers", tables=tables)


@router.get(f"{PATH}/{{approval}}")
@allows(Scope.READ)
def show_approval(approval: str, visit: Visiting) -> Answer[str]:
    """Show a learned text as a diff, with where it comes from, and take an answer."""
    card = query.show_approval(visit.app.runtime, visit.app.workspace, approval)
    return visit.answer(
        "approval.html",
        title=f"Learned text for {card.approval.agent}",
        card=card,
        one=card.approval,
        state=state_cell(card),
    )


@router.post(f"{PATH}/{{approval}}")
@allows(Scope.OPERATE)
def decide_approval(approval: str, visit: Visiting, form: Form) -> Answer[str]:
    """Approve a learned text, which then competes in the next night, or refuse it."""
    said = form.get("answer", "")
    if said not in ANSWERS:
        raise InvalidInput("The answer is neither approve nor refuse.", hint="Press one of the buttons.")
    answer = approvals.ApprovalDecision(ANSWERS[said], form.get("by", "").strip() or visit.who)
    approvals.decide(visit.app.runtime, visit.app.workspace, approval, answer=answer, asking=visit.principal)
    return redirect(path_of(PATH, approval), notice="approved" if answer.approved else "refused")


def state_cell(card: ApprovalCard) -> Cell:
    """Show what became of a text."""
    if card.approval.state is ApprovalState.WAITING and not card.is_open:
        return Cell("expired", tone="calm")
    return Cell(card.approval.state, tone=STATE_TONES[card.approval.state])


def to_approvals(cards: list[ApprovalCard]) -> DataTable:
    """Give the texts that people are asked about, newest first."""
    return DataTable(
        name="approvals",
        caption="Learned texts",
        columns=(
            TableColumn("Drafted (UTC)"),
            TableColumn("Agent"),
            TableColumn("Lever"),
            TableColumn("State"),
            TableColumn("What it is to mend", is_long=True),
            TableColumn("Answered by"),
        ),
        rows=[
            [
                Cell(moment(card.approval.at), href=path_of(PATH, card.approval.id)),
                Cell(card.approval.agent),
                Cell(card.approval.lever),
                state_cell(card),
                shorten(card.approval.summary or ", ".join(card.approval.weaknesses), 200),
                Cell(card.approval.decided_by),
            ]
            for card in cards
        ],
        empty=Empty(
            "Nobody was asked about a text.",
            "Where a setting asks for approvals, each text that a night learns waits here before it is used.",
            "Settings",
            "/settings",
        ),
    )


def to_trials(trials: list[LeverTrial], following: str | None) -> DataTable:
    """Give what each night tried, newest first."""
    return DataTable(
        name="trials",
        caption="What the nights tried",
        columns=(
            TableColumn("When (UTC)"),
            TableColumn("Agent"),
            TableColumn("Lever"),
            TableColumn("How far it came"),
            TableColumn("Gain, points", is_number=True),
            TableColumn("Surely above", is_number=True),
            TableColumn("Why", is_long=True),
        ),
        rows=[
            [
                Cell(moment(one.at), href=path_of("/nights", one.cycle)),
                Cell(one.agent),
                Cell(one.lever),
                Cell(one.state, tone=TRIAL_TONES.get(one.state, "calm")),
                Cell("" if one.gain is None else f"{100 * one.gain:+.1f}"),
                Cell("" if one.gain_low is None else f"{100 * one.gain_low:+.1f}"),
                shorten(one.reason, 200),
            ]
            for one in trials
        ],
        empty=Empty(
            "No night has tried anything yet.", "Start a night, or wait for the next.", "Nights", "/nights"
        ),
        next=following,
    )
