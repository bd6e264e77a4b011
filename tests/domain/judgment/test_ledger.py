"""How far a judge prefers what people prefer."""

from collections.abc import Sequence

import pytest
from tests.conftest import START

from upspiral.domain.ids import PairId, ReportId
from upspiral.domain.judgment import LabeledPair, PairLabel, agreement


def _pairs(rows: Sequence[tuple[float, float]]) -> list[LabeledPair]:
    return [
        LabeledPair(pair=PairId(str(n)), report=ReportId("r"), slice="", label=y, verdict=f, at=START)
        for n, (y, f) in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("rows", "share"),
    [
        ([(1, 1), (-1, -1)], 1.0),
        ([(1, -1), (-1, 1)], 0.0),
        ([(1, 0), (-1, 0)], 0.5),
        ([(1, 0.5)], 0.75),
        ([(0, 1), (1, 1)], 1.0),
        ([(1 / 3, 1), (-1 / 3, 1)], 0.5),
    ],
)
def test_a_tie_of_the_judge_is_half_right_and_one_of_people_says_nothing(
    rows: list[tuple[float, float]], share: float
) -> None:
    assert agreement(_pairs(rows)) == share


def test_where_people_prefer_nothing_nothing_is_known() -> None:
    assert agreement(_pairs([(0, 1), (0, -1)])) is None


def test_a_person_has_one_label_of_a_pair() -> None:
    assert PairLabel.id_of(PairId("p"), "anna") == PairLabel.id_of(PairId("p"), "anna")
    assert PairLabel.id_of(PairId("p"), "anna") != PairLabel.id_of(PairId("p"), "ben")
