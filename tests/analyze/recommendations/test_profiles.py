"""What an agent's profile says of its strengths, weaknesses and confidence."""

import pytest
from msgspec import structs
from tests.analyze.recommendations.swarm import HERE, swarm

from upspiral.analyze.recommendations import (
    gather,
)
from upspiral.analyze.recommendations.profiles import joint_effect, profiles
from upspiral.domain.ids import AgentId

TYPES = ("strategy", "budget")


def test_a_profile_tells_strengths_weaknesses_and_overconfidence() -> None:
    known = {p.agent: p for p in profiles(gather(swarm(1_200, 12)), workspace=HERE)}
    ann, bob, cy = (known[AgentId(name)] for name in ("ann", "bob", "cy"))
    assert set(ann.strengths) == set(TYPES)
    assert (bob.strengths, bob.weaknesses) == (("strategy",), ("budget",))
    assert cy.weaknesses
    assert cy.overconfidence == pytest.approx(0.8 - 0.25, abs=0.08)
    assert abs(ann.overconfidence or 0) < 0.2
    assert ann.approval_low < ann.approval_rate < ann.approval_high
    assert sum(b.n for b in cy.calibration) == cy.settled


def test_recommendations_judged_together_count_as_less() -> None:
    alone = swarm(600, 13)
    together = [structs.replace(s, workflow=f"flow {k // 6}", approved=k // 6 % 2 == 0)
                for k, s in enumerate(alone)]  # fmt: skip
    assert joint_effect(gather(alone)) == pytest.approx(1, abs=0.01)
    assert joint_effect(gather(together)) > 4
