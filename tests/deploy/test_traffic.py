"""Which side a conversation stands on."""

from msgspec.structs import replace
from tests.conftest import START

from upspiral.deploy.traffic import BRANCH, draw, pick_arm
from upspiral.domain import Arm, Deployment
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, DeploymentId

CANARY = Deployment(
    id=DeploymentId("dep_1"),
    workspace=DEFAULT_WORKSPACE,
    agent=AgentId("support"),
    candidate=AgentVersionId("new"),
    stable=AgentVersionId("old"),
    share=0.2,
    started=START,
)


def test_about_as_many_conversations_meet_the_canary_as_its_share_says() -> None:
    met = sum(pick_arm(CANARY, f"c{n}") is Arm.CANARY for n in range(10_000))
    assert 1_850 <= met <= 2_150


def test_a_larger_share_takes_more_in_and_sends_nobody_back() -> None:
    larger = replace(CANARY, share=0.5)
    met = [name for n in range(2_000) if pick_arm(CANARY, name := f"c{n}") is Arm.CANARY]
    assert all(pick_arm(larger, name) is Arm.CANARY for name in met)


def test_a_branch_stands_where_its_conversation_does() -> None:
    for n in range(200):
        assert pick_arm(CANARY, f"c{n}{BRANCH}7") is pick_arm(CANARY, f"c{n}")


def test_each_deployment_draws_anew_and_evenly() -> None:
    drawn = [(draw("dep_1", f"c{n}"), draw("dep_2", f"c{n}")) for n in range(4_000)]
    both = sum(one < 0.5 and other < 0.5 for one, other in drawn)
    assert 900 <= both <= 1_100
    assert all(0 <= value < 1 for pair in drawn for value in pair)
