"""What a person is asked shows exactly what a model would read otherwise."""

from datetime import timedelta

import pytest
from tests.queries.comparisons import AGENT, plant_agent, plant_candidate

from upspiral.app import App
from upspiral.domain.ids import CycleId, ModelVersionId, WorkspaceId
from upspiral.domain.learning.approval import Approval
from upspiral.errors import NotFound
from upspiral.queries.approvals import diff_words, list_approvals, show_approval


def _plant(app: App, name: str, *, hours: int) -> None:
    """Let a text wait that expires after so many hours; below 0 it has expired."""
    now = app.runtime.now()
    app.runtime.store.approvals.add(
        Approval(
            id=name,
            workspace=app.workspace,
            agent=AGENT,
            cycle=CycleId("cyc_1"),
            lever="instructions",
            candidate=app.runtime.store.agent_versions.get(app.workspace, "av_2").id,
            live=app.agent(AGENT).live,
            text_sha256=name.ljust(64, "0"),
            teacher=ModelVersionId("gone"),
            weaknesses=(),
            summary="",
            at=now + timedelta(seconds=hours),
            expires=now + timedelta(hours=hours),
        )
    )


def test_the_newest_comes_first_and_what_has_expired_is_left_out_where_it_waits_no_more(app: App) -> None:
    plant_candidate(app, plant_agent(app), instructions="Help.\nName the day.")
    _plant(app, "apr_old", hours=-1)
    _plant(app, "apr_new", hours=5)

    def names(*, is_open: bool) -> list[str]:
        found = list_approvals(app.runtime, app.workspace, agent=None, is_open=is_open)
        return [one.approval.id for one in found]

    assert names(is_open=False) == ["apr_new", "apr_old"]
    assert names(is_open=True) == ["apr_new"]


def test_a_text_is_shown_with_both_versions_and_the_lines_that_change(app: App) -> None:
    plant_candidate(app, plant_agent(app), instructions="Help.\nName the day.", rules=("Be short.",))
    _plant(app, "apr_1", hours=5)
    card = show_approval(app.runtime, app.workspace, "apr_1")
    assert (card.changes, card.version, card.is_open) == ("support@1", "support@2", True)
    assert card.teacher is None
    assert [line for line in card.diff if line.startswith(("+", "-"))] == [
        "+Name the day.",
        "+Rule: Be short.",
    ]


def test_a_text_without_changes_has_no_diff(app: App) -> None:
    live = plant_agent(app)
    assert diff_words(live, live) == []


def test_another_workspace_has_none_of_that_id(app: App) -> None:
    plant_candidate(app, plant_agent(app))
    _plant(app, "apr_1", hours=5)
    with pytest.raises(NotFound):
        show_approval(app.runtime, WorkspaceId("other"), "apr_1")
