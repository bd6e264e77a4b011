"""What is being rolled out, and how does it do? Both arms of a canary, its verdict, and the way back."""

import math

from upspiral.cursor import Cursor
from upspiral.domain import Deployment, Scope, Verdict
from upspiral.queries import nights as query
from upspiral.queries.nights import DeploymentDetails
from upspiral.server.answers import Answer
from upspiral.server.console.visit import PAGE_ROWS, ConsoleRouter, Form, Visiting, redirect
from upspiral.server.console.words import VERDICT_TONES, describe_arms, rate_text, state_cell
from upspiral.server.deps import path_of
from upspiral.server.html.render import moment
from upspiral.server.html.tables import Cell, DataTable, Empty, TableColumn, shorten
from upspiral.server.paging import read_page
from upspiral.server.policy import allows

router = ConsoleRouter()
PATH = "/deployments"


@router.get(PATH)
@allows(Scope.READ)
def list_deployments(visit: Visiting) -> Answer[str]:
    """List Deployments, newest first, with both arms of each."""
    runtime, workspace = visit.app.runtime, visit.app.workspace
    agent = visit.require_agent(visit.read_parameter("agent"))
    rows, following = read_page(
        lambda place, n: query.list_deployments(runtime, workspace, agent=agent, after=place, limit=n),
        visit.read_parameter("after"),
        PAGE_ROWS,
        place=lambda one: Cursor(one.started, one.id),
    )
    return visit.answer("deployments.html", title="Deployments", tables=[to_table(rows, following)])


@router.get(f"{PATH}/{{deployment}}")
@allows(Scope.READ)
def show_deployment(deployment: str, visit: Visiting) -> Answer[str]:
    """Show one Deployment: both arms, the interval of their difference, the verdict, and the way back."""
    found = query.show_deployment(visit.app.runtime, visit.app.workspace, deployment)
    word, tone = name_verdict(found.deployment)
    return visit.answer(
        "deployment.html",
        title=f"Deployment of {found.deployment.agent}",
        tables=[list_arms(found)],
        found=found,
        one=found.deployment,
        state=state_cell(found.deployment),
        word=word,
        tone=tone,
        reason=drop_verdict(found.deployment.reason, word),
        reach=find_reach(found.deployment),
    )


@router.post(f"{PATH}/rollback")
@allows(Scope.OPERATE)
def roll_back(visit: Visiting, form: Form) -> Answer[str]:
    """Roll back the running canary of an agent, or else the version promoted last."""
    agent = visit.app.agent(form.get("agent", ""))
    undone = visit.app.rollback(agent.id, reason=form.get("reason") or "Rolled back in the console.")
    return redirect(path_of(PATH, undone.id), notice="rolled-back")


def drop_verdict(reason: str, word: str) -> str:
    """Give a reason without the verdict with which it begins, as that stands before it.

    >>> drop_verdict("No verdict yet; a drop would have shown.", "No verdict yet")
    'A drop would have shown.'
    """
    rest = reason.removeprefix(f"{word}; ")
    return rest[:1].upper() + rest[1:]


def find_reach(one: Deployment) -> float:
    """Say how far the axis of the interval reaches to either side of 0, in tenths, at most 1.

    >>> from unittest.mock import Mock
    >>> find_reach(Mock(difference_low=-0.01, difference_high=0.13))
    0.2
    """
    widest = max(abs(one.difference_low), abs(one.difference_high))
    return min(10, max(1, math.ceil(10 * widest))) / 10


def to_table(rows: list[Deployment], following: str | None) -> DataTable:
    """Give Deployments as the rows of a table."""
    return DataTable(
        name="deployments",
        caption="Deployments",
        columns=(
            TableColumn("Began (UTC)"),
            TableColumn("Agent"),
            TableColumn("State"),
            TableColumn("Share", is_number=True),
            TableColumn("Right so far"),
            TableColumn("Difference, points"),
            TableColumn("What the watch says", is_long=True),
        ),
        rows=[
            [
                Cell(moment(one.started), href=path_of(PATH, one.id)),
                Cell(one.agent),
                state_cell(one),
                Cell(f"{100 * one.share:.0f} %"),
                Cell(describe_arms(one)),
                Cell(f"{100 * one.difference_low:+.1f} to {100 * one.difference_high:+.1f}"),
                shorten(one.reason, 200),
            ]
            for one in rows
        ],
        empty=Empty(
            "Nothing was rolled out yet.",
            "A candidate that passes the gate answers a small share of the traffic first, and stands here.",
            "See the nights",
            "/nights",
        ),
        next=following,
    )


def list_arms(found: DeploymentDetails) -> DataTable:
    """Give both arms of a Deployment."""
    return DataTable(
        name="arms",
        caption="Both arms",
        columns=(
            TableColumn("Arm"),
            TableColumn("Version"),
            TableColumn("Labeled conversations", is_number=True),
            TableColumn("Right", is_number=True),
            TableColumn("Success rate (95 %)"),
        ),
        rows=[
            [
                Cell(arm),
                Cell(version),
                Cell(str(rate.n)),
                Cell(str(rate.successes)),
                Cell(rate_text(rate.rate, rate.low, rate.high)),
            ]
            for arm, version, rate in (
                ("candidate", found.candidate, found.candidate_rate),
                ("stable", found.stable, found.stable_rate),
            )
        ],
        empty=Empty("Nothing is known.", "No conversation has come yet."),
    )


def name_verdict(one: Deployment) -> tuple[str, str]:
    """Give the verdict in words, and its tone.

    >>> from unittest.mock import Mock
    >>> name_verdict(Mock(verdict=None, ended=None))
    ('No verdict yet', 'calm')
    """
    if one.verdict is None:
        return ("No verdict yet" if one.ended is None else "Ended without a verdict"), "calm"
    words = {
        Verdict.HEALTHY: "Healthy",
        Verdict.UNHEALTHY: "Unhealthy",
        Verdict.INCONCLUSIVE: "Inconclusive",
    }
    return words[one.verdict], VERDICT_TONES[one.verdict]
