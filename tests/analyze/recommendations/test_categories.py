"""Patterns are found where they were planted, and hardly any where there are none."""

import pytest
from tests.analyze.recommendations.swarm import HERE, USUAL, swarm

from upspiral.analyze.recommendations import (
    gather,
)
from upspiral.analyze.recommendations.categories import patterns
from upspiral.domain.learning import (
    Category,
    Strength,
)


@pytest.mark.long
def test_experts_and_failures_to_avoid_are_found_where_they_are() -> None:
    found = [p for p in patterns(gather(swarm(1_200, 1)), workspace=HERE, settings=USUAL) if p.distinct]
    experts = {p.conditions for p in found if p.category == Category.EXPERT_OPINION}
    avoid = {p.conditions for p in found if p.category == Category.FAILURE_AVOIDANCE}
    assert (("agent", "ann"),) in experts
    assert (("agent", "cy"),) in avoid
    assert (("agent", "bob"), ("type", "budget")) in avoid
    assert all(0.7 <= p.confidence_level <= 1 and p.frequency_count >= 20 for p in found)
    ann = next(p for p in found if p.conditions == (("agent", "ann"),))
    assert ann.success_low < 0.93 < ann.success_high
    assert ann.recommendation_strength == Strength.VERY_STRONG


@pytest.mark.long
def test_in_a_swarm_without_structure_hardly_anything_is_confirmed() -> None:
    runs = [
        patterns(gather(swarm(400, seed, skill={})), workspace=HERE, settings=USUAL) for seed in range(40)
    ]
    assert sum(any(p.confirmed for p in found) for found in runs) <= 8
