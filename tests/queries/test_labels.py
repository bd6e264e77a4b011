"""Whoever labels sees each pair once, and none whose person was erased."""

import pytest
from tests.conftest import Maker
from tests.queries.comparisons import REPORT, plant_comparison

from upspiral.admin.labels import give_label
from upspiral.app import App
from upspiral.domain.ids import WorkspaceId
from upspiral.errors import NotFound
from upspiral.queries.labels import list_labels, list_pairs_to_label


def _pairs(app: App, rater: str | None) -> set[str]:
    return {one.pair for one in list_pairs_to_label(app.runtime, app.workspace, REPORT, rater=rater)}


def test_a_person_sees_what_he_has_not_labeled_yet(app: App, make: Maker) -> None:
    plant_comparison(app, make)
    first = list_pairs_to_label(app.runtime, app.workspace, REPORT, rater="anna")[0]
    assert (first.candidate_answer[:3], first.incumbent_answer[:3], first.labels) == ("New", "Old", 0)
    assert first.question.startswith("Question")
    give_label(app.runtime, app.workspace, REPORT, pair=first.pair, rater="anna", better="tie")
    assert first.pair not in _pairs(app, "anna")
    assert first.pair in _pairs(app, "ben")
    assert len(_pairs(app, None)) == 4


def test_the_labels_of_others_are_counted(app: App, make: Maker) -> None:
    plant_comparison(app, make)
    for rater in ("anna", "ben"):
        give_label(app.runtime, app.workspace, REPORT, pair="pair_1", rater=rater, better="candidate")
    listed = list_pairs_to_label(app.runtime, app.workspace, REPORT, rater=None)
    counts = {str(one.pair): one.labels for one in listed}
    assert counts["pair_1"] == 2
    assert sum(counts.values()) == 2
    assert [one.rater for one in list_labels(app.runtime, app.workspace, REPORT)] == ["anna", "ben"]


def test_a_pair_whose_case_is_erased_is_shown_to_nobody(app: App, make: Maker) -> None:
    plant_comparison(app, make)
    app.runtime.store.examples.remove_each(app.workspace, "id", ["ex_2"])
    assert "pair_2" not in _pairs(app, None)


def test_another_workspace_has_no_such_comparison(app: App, make: Maker) -> None:
    plant_comparison(app, make)
    for ask in (
        lambda: list_labels(app.runtime, WorkspaceId("other"), REPORT),
        lambda: list_pairs_to_label(app.runtime, WorkspaceId("other"), REPORT, rater=None),
    ):
        with pytest.raises(NotFound):
            ask()
