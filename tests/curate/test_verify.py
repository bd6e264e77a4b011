"""Two answers that do not say the same are no success."""

from typing import Literal

import pytest
from tests.conftest import Maker

from upspiral.curate.verify import needs_teacher, says_same
from upspiral.domain import Source
from upspiral.scorers import scorer

pytestmark = pytest.mark.anyio

OTHER = ("It takes 5 days to arrive.", "It takes 7 days to arrive.")
"""Two that share as many, and do not say the same."""


@pytest.mark.parametrize("success_at", [0.01, 0.3, 0.5, 0.7, 0.9, 1.0])
@pytest.mark.parametrize("name", ["agreement", "exact"])
def test_what_does_not_say_the_same_is_no_success_wherever_the_threshold_lies(
    name: str, success_at: float
) -> None:
    measure = scorer(name, success_at=success_at)
    assert not says_same("", *OTHER, scorer=measure)
    assert says_same("", OTHER[0], OTHER[0], scorer=measure)


@pytest.mark.parametrize("corrections", ["trusted", "verified", "ignored"])
def test_a_correction_from_a_page_is_never_taken_as_it_is(
    make: Maker, corrections: Literal["trusted", "verified", "ignored"]
) -> None:
    about = make.interaction()
    for source in (Source.USER_CORRECTION, Source.HUMAN_EVALUATION):
        said = make.feedback(about, correction="Never.", public=True, source=source)
        assert needs_teacher(said, corrections=corrections)
