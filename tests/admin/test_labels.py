"""A label is kept once a person, and is feedback about the answer that somebody was given."""

import pytest
from tests.conftest import Maker
from tests.queries.comparisons import REPORT, plant_comparison

from upspiral.admin.labels import give_label
from upspiral.app import App
from upspiral.domain import Source
from upspiral.domain.feedback import LOST_SCORE, PREFERRED_SCORE
from upspiral.domain.ids import InteractionId
from upspiral.domain.judgment.blinding import Better
from upspiral.errors import NotFound


def _label(app: App, better: Better, *, rater: str = "anna", pair: str = "pair_0") -> float:
    return give_label(app.runtime, app.workspace, REPORT, pair=pair, rater=rater, better=better).value


def _scores(app: App, turn: InteractionId) -> list[float | None]:
    found = app.runtime.store.feedback.about(app.workspace, [turn])
    assert all(one.source is Source.PREFERENCE for one in found)
    return [one.score for one in sorted(found, key=lambda one: one.at)]


def test_a_second_label_of_a_person_replaces_the_first(app: App, make: Maker) -> None:
    plant_comparison(app, make)
    assert [_label(app, "candidate"), _label(app, "incumbent")] == [1.0, -1.0]
    (kept,) = app.runtime.store.pair_labels.of_report(app.workspace, REPORT)
    assert (kept.rater, kept.value) == ("anna", -1.0)


@pytest.mark.parametrize(
    ("better", "scores"), [("incumbent", [PREFERRED_SCORE]), ("candidate", [LOST_SCORE]), ("tie", [])]
)
def test_what_a_label_says_of_the_answer_that_was_given_is_feedback(
    app: App, make: Maker, better: Better, scores: list[float]
) -> None:
    turn = plant_comparison(app, make)[0]
    _label(app, better)
    assert _scores(app, turn.id) == scores


def test_saying_the_same_again_is_no_further_feedback(app: App, make: Maker) -> None:
    turn = plant_comparison(app, make)[0]
    _label(app, "incumbent")
    _label(app, "incumbent")
    assert _scores(app, turn.id) == [PREFERRED_SCORE]
    _label(app, "incumbent", rater="ben")
    assert len(_scores(app, turn.id)) == 2


def test_an_answer_that_was_erased_gets_no_feedback_and_the_label_stays(app: App, make: Maker) -> None:
    turn = plant_comparison(app, make)[0]
    app.runtime.store.examples.remove_each(app.workspace, "id", ["ex_0"])
    _label(app, "candidate")
    assert _scores(app, turn.id) == []
    assert len(app.runtime.store.pair_labels.of_report(app.workspace, REPORT)) == 1


def test_a_pair_that_there_is_not_is_refused_and_nothing_is_kept(app: App, make: Maker) -> None:
    plant_comparison(app, make)
    with pytest.raises(NotFound, match="no pair 'pair_99'"):
        _label(app, "tie", pair="pair_99")
    assert app.runtime.store.pair_labels.of_report(app.workspace, REPORT) == []
