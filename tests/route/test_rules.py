"""Rules that were learned become priors and vetoes."""

import pytest
from tests.conftest import START

from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.learning import Rule, RuleState
from upspiral.route.rules import MAX_RULE_OUTCOMES, routing_rule, routing_rules


def _rule(agent: str = "bob", *, rate: float = 0.9, observed: int = 100, **more: object) -> Rule:
    given: dict[str, object] = {
        "id": f"rule_{agent}",
        "workspace": DEFAULT_WORKSPACE,
        "conditions": (("agent", agent), ("type", "budget")),
        "prefer": rate > 0.5,
        "text": "t",
        "state": RuleState.ACTIVE,
        "success_rate": rate,
        "effectiveness": 0.3,
        "observed": observed,
        "proposed_at": START,
        "confirmed_at": START,
    }
    return Rule(**{**given, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(("observed", "outcomes"), [(4, 4.0), (10, 10.0), (5_000, MAX_RULE_OUTCOMES)])
def test_a_rule_counts_as_a_few_outcomes_at_the_rate_that_it_saw(observed: int, outcomes: float) -> None:
    found = routing_rule(_rule(rate=0.75, observed=observed))
    assert found is not None
    assert found.good == pytest.approx(0.75 * outcomes)
    assert found.bad == pytest.approx(0.25 * outcomes)
    assert (found.agent, found.domain, found.veto) == ("bob", "budget", False)


@pytest.mark.parametrize("state", [RuleState.PROPOSED, RuleState.RETIRED])
def test_a_rule_that_is_not_active_says_nothing(state: RuleState) -> None:
    assert routing_rule(_rule(state=state)) is None


def test_a_rule_about_something_else_as_well_or_about_no_agent_is_none_of_routings() -> None:
    assert routing_rule(_rule(conditions=(("agent", "bob"), ("confidence", "high")))) is None
    assert routing_rule(_rule(conditions=(("type", "budget"),))) is None


@pytest.mark.parametrize(("rate", "observed", "veto"), [(0.1, 50, True), (0.1, 49, False), (0.2, 500, False)])
def test_only_what_is_hopeless_and_often_seen_is_a_veto(rate: float, observed: int, veto: bool) -> None:
    found = routing_rule(_rule(rate=rate, observed=observed))
    assert found is not None
    assert found.veto is veto


def test_vetoes_that_would_leave_nobody_are_priors_only() -> None:
    rules = [_rule(name, rate=0.1) for name in ("ann", "bob")]
    assert [one.veto for one in routing_rules(rules, ["ann", "bob", "cy"])] == [True, True]
    assert [one.veto for one in routing_rules(rules, ["ann", "bob"])] == [False, False]


def test_rules_about_agents_who_cannot_be_chosen_are_left_out() -> None:
    assert routing_rules([_rule("gone")], ["ann"]) == ()
