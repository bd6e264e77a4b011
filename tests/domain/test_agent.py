"""What an agent is at one moment."""

from tests.conftest import START

from upspiral.domain import AgentVersion
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, ModelVersionId

PLAIN = AgentVersion(
    id=AgentVersionId("av_1"),
    workspace=DEFAULT_WORKSPACE,
    agent=AgentId("support"),
    number=3,
    at=START,
    model=ModelVersionId("mv_1"),
    sha256="",
)


def test_a_version_is_named_after_its_agent_and_its_number() -> None:
    assert PLAIN.name == "support@3"
