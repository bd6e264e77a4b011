"""What an iteration says in words about stated confidence."""

from msgspec import structs
from tests.analyze.recommendations.swarm import run_cycle, swarm
from tests.conftest import START

from upspiral.analyze.recommendations.insights import key_insights
from upspiral.domain.learning import (
    AgentProfile,
)


def test_a_few_recommendations_say_nothing_about_stated_confidence() -> None:
    def profile(settled: int) -> AgentProfile:
        one = run_cycle(swarm(400, 3), START).profiles[0]
        return structs.replace(one, overconfidence=-0.15, settled=settled)

    assert not any("Stated confidence" in one.text for one in key_insights((), [profile(19)]))
    assert any("Stated confidence" in one.text for one in key_insights((), [profile(20)]))
