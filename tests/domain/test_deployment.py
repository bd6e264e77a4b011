"""The states of a rollout."""

import pytest

from upspiral.domain import DeploymentState
from upspiral.domain.deployment import DEPLOYMENT_TRANSITIONS


def test_every_state_says_what_may_follow() -> None:
    assert set(DEPLOYMENT_TRANSITIONS) == set(DeploymentState)


def _reachable(start: DeploymentState) -> set[DeploymentState]:
    seen: set[DeploymentState] = set()
    ahead = {start}
    while ahead:
        one = ahead.pop()
        seen.add(one)
        ahead |= DEPLOYMENT_TRANSITIONS[one] - seen
    return seen


def test_a_canary_can_reach_every_state_and_nothing_leads_back_to_a_canary() -> None:
    assert _reachable(DeploymentState.CANARY) == set(DeploymentState)
    assert not any(DeploymentState.CANARY in after for after in DEPLOYMENT_TRANSITIONS.values())


@pytest.mark.parametrize("state", [DeploymentState.ROLLED_BACK, DeploymentState.RETIRED])
def test_what_was_rolled_back_or_retired_is_never_promoted(state: DeploymentState) -> None:
    assert DeploymentState.PROMOTED not in DEPLOYMENT_TRANSITIONS[state]
