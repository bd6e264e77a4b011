"""Settings of routing that cannot work are refused at load."""

import pytest
from pydantic import ValidationError

from upspiral.route.config import RouteSettings


@pytest.mark.parametrize(
    "wrong",
    [
        {"policy": "thomson"},
        {"floor": 0.5},
        {"min_width": 0},
        {"mode": "many"},
        {"epsilon": 1.5},
    ],
)
def test_a_setting_that_cannot_work_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        RouteSettings(**wrong)


def test_a_misspelt_policy_is_told_with_the_one_most_like_it() -> None:
    with pytest.raises(ValidationError, match="thompson"):
        RouteSettings(policy="thomson")
