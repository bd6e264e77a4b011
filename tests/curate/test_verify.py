"""Two answers that do not say the same are no success."""

import pytest

from upspiral.curate.verify import says_same
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
