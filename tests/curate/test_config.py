"""Settings of curation that cannot work are refused at load."""

import pytest
from pydantic import BaseModel, ValidationError

from upspiral.curate import CurateSettings
from upspiral.evaluate.config import EvaluateSettings


@pytest.mark.parametrize("section", [CurateSettings, EvaluateSettings])
def test_a_scorer_that_cannot_compare_meanings_is_refused_at_load(section: type[BaseModel]) -> None:
    with pytest.raises(ValidationError, match="cannot tell whether two answers say the same"):
        section(scorer="heuristic")
    with pytest.raises(ValidationError, match="There is no scorer"):
        section(scorer="agreemnt")
