"""Who answers a request follows from its arm, and without a candidate it is always the live version."""

from tests.conftest import START

from upspiral.domain import Agent, AgentVersion, Arm, Choice, ModelVersion
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, InteractionId, ModelVersionId
from upspiral.projections import Served
from upspiral.providers.dialects import CHAT
from upspiral.serving.request import GatewayRequest, RoutedRequest

AGENT = AgentId("support")


def _version(name: str) -> tuple[AgentVersion, ModelVersion]:
    model = ModelVersion(
        id=ModelVersionId(f"mv_{name}"),
        workspace=DEFAULT_WORKSPACE,
        name=name,
        at=START,
        host="local",
    )
    version = AgentVersion(
        id=AgentVersionId(f"av_{name}"),
        workspace=DEFAULT_WORKSPACE,
        agent=AGENT,
        number=1,
        at=START,
        model=model.id,
        sha256=name,
    )
    return version, model


def _routed(arm: Arm | None, *, has_candidate: bool = True) -> RoutedRequest:
    (live, live_model), (new, new_model) = _version("live"), _version("new")
    agent = Agent(id=AGENT, workspace=DEFAULT_WORKSPACE, at=START, live=live.id)
    served = Served(agent, live, live_model)
    if has_candidate:
        served = Served(agent, live, live_model, None, new, new_model)
    asked = GatewayRequest(workspace=DEFAULT_WORKSPACE, dialect=CHAT, model=AGENT, messages=(), body={})
    return RoutedRequest(
        asked,
        served,
        arm,
        InteractionId("int_1"),
        "talk",
        Choice(agent=AGENT, probability=1.0, reason="named"),
    )


def test_the_canary_arm_is_answered_by_the_candidate_and_its_own_model() -> None:
    routed = _routed(Arm.CANARY)
    assert (routed.name, routed.version.id, routed.model.id) == ("support", "av_new", "mv_new")


def test_every_other_request_is_answered_by_the_live_version() -> None:
    for routed in (_routed(None), _routed(Arm.STABLE), _routed(Arm.CANARY, has_candidate=False)):
        assert (routed.version.id, routed.model.id) == ("av_live", "mv_live")
