"""What a data set can prove, and what it cannot."""

import msgspec
from tests.conftest import START
from tests.curate.night import SUPPORT

from upspiral.curate import CurateSettings, shortfall
from upspiral.domain import (
    Dataset,
)
from upspiral.domain.ids import DEFAULT_WORKSPACE, DatasetId


def test_only_good_answers_held_out_prove_no_gain() -> None:
    made = Dataset(
        id=DatasetId("ds"), workspace=DEFAULT_WORKSPACE, agent=SUPPORT, at=START, sha256="", train=50,
        heldout=300, heldout_good=300, taught=50,
    )  # fmt: skip
    assert "0 held-out failures" in (shortfall(made, CurateSettings()) or "")


def test_a_night_of_the_same_few_questions_is_told_that_waiting_brings_no_others() -> None:
    made = Dataset(
        id=DatasetId("ds"), workspace=DEFAULT_WORKSPACE, agent=SUPPORT, at=START, sha256="", train=2,
        heldout=1, heldout_good=0, taught=2, dropped={"same question": 110},
    )  # fmt: skip
    assert "the same few questions" in (shortfall(made, CurateSettings()) or "")
    various = msgspec.structs.replace(made, dropped={"same question": 3})
    assert "the same few questions" not in (shortfall(various, CurateSettings()) or "")
