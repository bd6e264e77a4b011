"""What a row says of its answer becomes feedback."""

from typing import Any

import pytest
from tests.conftest import Maker

from upspiral.capture.formats.row_opinions import read_opinions


def _read(row: dict[str, Any]) -> list[tuple[float | None, str | None, str | None, str | None]]:
    said = read_opinions(row, Maker().interaction())
    return [(one.score, one.label, one.comment, one.correction) for one in said]


@pytest.mark.parametrize(
    ("row", "score"),
    [
        ({"success": True}, 1.0),
        ({"success": 0}, 0.0),
        ({"score": 0.25}, 0.25),
        ({"thumbs": "up"}, 1.0),
        ({"thumbs": "down"}, 0.0),
        ({"rating": 5}, 1.0),
        ({"rating": 1}, 0.0),
        ({"feedback": {"rating": 3}}, 0.5),
    ],
)
def test_every_way_to_judge_is_a_score_from_0_to_1(row: dict[str, Any], score: float) -> None:
    assert [one[0] for one in _read(row)] == [score]


def test_words_are_kept_beside_a_score() -> None:
    [(score, _, comment, correction)] = _read({"thumbs": "down", "comment": "Wrong.", "correction": "Left."})
    assert (score, comment, correction) == (0.0, "Wrong.", "Left.")


def test_a_row_that_says_nothing_gives_none() -> None:
    assert _read({"messages": [], "model": "m"}) == []


@pytest.mark.parametrize("row", [{"thumbs": "sideways"}, {"rating": "many"}, {"rating": 9}])
def test_what_is_no_judgement_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        _read(row)


def test_the_same_row_always_gives_the_same_ids(make: Maker) -> None:
    turn = make.interaction()
    first, second = (read_opinions({"success": True}, turn) for _ in range(2))
    assert [one.id for one in first] == [one.id for one in second]
