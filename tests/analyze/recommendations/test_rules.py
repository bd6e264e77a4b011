"""A decision rule is proposed, confirmed by later outcomes, and retired."""

from datetime import timedelta

from msgspec import structs
from tests.analyze.recommendations.swarm import HERE, SKILL, USUAL, run_cycle, swarm
from tests.conftest import START

from upspiral.analyze.recommendations import (
    gather,
    suggest_decision_rules,
)
from upspiral.analyze.recommendations.evidence import Evidence
from upspiral.analyze.recommendations.rules import renew
from upspiral.domain.learning import (
    RuleState,
)


def test_a_rule_is_proposed_made_active_by_later_outcomes_and_retired_when_they_turn() -> None:
    night = START + timedelta(days=7)
    first = run_cycle(swarm(1_000, 6), night)
    assert {r.state for r in first.rules} == {RuleState.PROPOSED}
    second = run_cycle(swarm(1_000, 7, start=night + timedelta(hours=1)), night + timedelta(days=7), first)
    ann = next(r for r in second.rules if r.conditions == (("agent", "ann"),))
    assert (ann.state, ann.prefer, ann.proposed_at) == (RuleState.ACTIVE, True, night)
    assert second.iteration.rules_updated >= 1
    turned = {cell: 1 - rate for cell, rate in SKILL.items()}
    late = night + timedelta(days=14)
    third = run_cycle(swarm(1_000, 8, skill=turned, start=late), late + timedelta(days=7), second)
    ann = next(r for r in third.rules if r.id == ann.id)
    assert ann.state == RuleState.RETIRED
    assert ann.retired_because == "later outcomes show the opposite"


def test_the_same_outcomes_seen_again_make_no_rule_active() -> None:
    past, night = swarm(1_000, 9), START + timedelta(days=7)
    second = run_cycle(past, night + timedelta(hours=1), run_cycle(past, night))
    assert {r.state for r in second.rules} == {RuleState.PROPOSED}


def test_a_rule_that_nothing_confirms_retires_after_a_month() -> None:
    night = START + timedelta(days=7)
    first = run_cycle(swarm(1_000, 10), night)
    rules, changed = renew(
        first.rules, [], Evidence(gather([])), workspace=HERE, now=night + timedelta(days=31), settings=USUAL
    )
    assert {r.state for r in rules} == {RuleState.RETIRED}
    assert changed == len(rules)


def test_rules_are_suggested_for_a_context_unless_it_speaks_against_them() -> None:
    rules = [structs.replace(r, state=RuleState.ACTIVE) for r in run_cycle(swarm(1_200, 11), START).rules]
    found = suggest_decision_rules(rules, {"task_type": "strategy"})
    assert any(dict(r.conditions).get("agent") == "ann" for r in found)
    assert not any(dict(r.conditions).get("type") == "budget" for r in found)
    assert [r.effectiveness for r in found] == sorted((r.effectiveness for r in found), reverse=True)
    assert suggest_decision_rules([structs.replace(r, state=RuleState.RETIRED) for r in rules], {}) == []
