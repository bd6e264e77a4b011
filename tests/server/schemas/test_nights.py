"""What a request about nights may hold."""

import pytest
from pydantic import ValidationError

from upspiral.domain import CycleKind
from upspiral.server.schemas.nights import CycleBody, PatternsBody


@pytest.mark.parametrize("kind", [one.value for one in CycleKind])
def test_every_kind_of_night_can_be_asked_for(kind: str) -> None:
    assert CycleBody.model_validate({"agent": "support", "story": kind}).story == kind


@pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, float("nan")])
def test_a_canary_gets_a_part_of_the_traffic_and_never_all_or_nothing(share: float) -> None:
    with pytest.raises(ValidationError):
        CycleBody.model_validate({"agent": "support", "share": share})


@pytest.mark.parametrize("days", [0, -1, 36_501, float("inf")])
def test_a_search_looks_at_some_days(days: float) -> None:
    with pytest.raises(ValidationError):
        PatternsBody.model_validate({"days": days})
