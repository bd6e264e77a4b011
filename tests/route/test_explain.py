"""A choice is explained by the numbers behind it."""

import pytest
from tests.route.planted import AGENTS, LEARNED, priced

from upspiral.route.base import RoutingContext, RoutingRule
from upspiral.route.explain import explain
from upspiral.route.policies.fixed import Fixed
from upspiral.route.policies.thompson import Thompson


def test_the_explanation_says_that_a_cost_is_unknown() -> None:
    policy = priced({"good": None, "fair": 0.001})
    ask = RoutingContext(agents=("good", "fair"), now=400)
    unknown, known = explain(policy, ask, policy.probabilities(ask)["all"])
    assert unknown.numbers is not None
    assert unknown.numbers.cost is None
    assert "its cost is unknown and left out" in unknown.words
    assert "its cost and latency count as" in known.words


def test_an_explanation_names_the_numbers_behind_a_chance() -> None:
    ask = RoutingContext(
        agents=AGENTS, now=300, rules=(RoutingRule(agent="good", good=2, reason="asked for"),)
    )
    chances = Thompson(LEARNED).probabilities(ask)["all"]
    said = explain(Thompson(LEARNED), ask, chances)[0]
    assert said.probability == chances.probability("good")
    numbers = said.numbers
    assert numbers
    assert numbers.low < numbers.mean < numbers.high
    assert numbers.evidence == pytest.approx(100, rel=0.05)
    assert "asked for" in said.words
    assert f"{numbers.mean:.0%}" in said.words


def test_a_policy_without_beliefs_is_explained_by_its_own_reason() -> None:
    ask = RoutingContext(agents=AGENTS, rules=(RoutingRule(agent="poor", veto=True, reason="never again"),))
    chances = Fixed().probabilities(ask)["all"]
    good, _, poor = explain(None, ask, chances)
    assert "set by the operator" in good.words
    assert "may not be chosen; rules: veto: never again" in poor.words
