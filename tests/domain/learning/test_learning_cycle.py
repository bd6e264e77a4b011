"""Is a learning cycle due?"""

import pytest

from upspiral.domain.learning import CycleDue


@pytest.mark.parametrize("due", [True, False])
def test_what_is_due_reads_as_a_yes_or_no(due: bool) -> None:
    assert bool(CycleDue(due=due, reason="Twenty more settled.", settled=20)) is due
