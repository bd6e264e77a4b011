"""Every scorer by its name."""

import pytest

from upspiral.plugin_kinds import SCORER
from upspiral.scorers import scorer

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", SCORER.list_names())
def test_every_scorer_knows_what_a_success_is(name: str) -> None:
    assert scorer(name, success_at=0.9).success_at == 0.9
