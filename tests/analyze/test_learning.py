"""The learning cycle, against a swarm whose truth is known."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from msgspec import structs
from tests.conftest import START, Maker

from upspiral.analyze.learning import (
    LearningSettings,
    Sample,
    foresight,
    learn,
    measured,
    predict,
    samples,
    suggest_decision_rules,
)
from upspiral.analyze.learning.categories import patterns
from upspiral.analyze.learning.profiles import joint_effect, profiles
from upspiral.analyze.learning.rules import renew
from upspiral.domain import Interaction, Kind, Outcome, Status
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId
from upspiral.domain.learning import Category, Learned, LearningIteration, RuleState, Strength

HERE = DEFAULT_WORKSPACE
USUAL = LearningSettings()
TYPES = ("strategy", "budget")
SKILL = {("ann", "strategy"): 0.95, ("ann", "budget"): 0.9, ("bob", "strategy"): 0.9, ("bob", "budget"): 0.1,
         ("cy", "strategy"): 0.2, ("cy", "budget"): 0.3}  # fmt: skip


def _swarm(
    n: int, seed: int, *, skill: dict[tuple[str, str], float] | None = None, start: datetime = START
) -> list[Sample]:
    """One recommendation a workflow, one every 10 minutes."""
    rng = np.random.default_rng(seed)
    skill = SKILL if skill is None else skill
    made = []
    for k in range(n):
        agent, kind = sorted(SKILL)[int(rng.integers(len(SKILL)))]
        good = bool(rng.random() < skill.get((agent, kind), 0.6))
        sure = bool(rng.random() < 0.8)
        known = {"agent": agent, "type": kind, "confidence": "high" if sure else "low", "agreement": "alone"}
        made.append(
            Sample(
                id=InteractionId(f"int_{seed}_{k}"),
                agent=AgentId(agent),
                type=kind,
                workflow=f"flow {seed} {k}",
                confidence=0.9 if sure else 0.4,
                approved=good,
                settled=start + timedelta(minutes=10 * k),
                features=known,
            )
        )
    return made


def _learn(given: list[Sample], at: datetime, previous: Learned | None = None) -> Learned:
    times = iter((at, at + timedelta(seconds=3)))
    return learn(given, workspace=HERE, previous=previous, clock=lambda: next(times), settings=USUAL)


def test_experts_and_failures_to_avoid_are_found_where_they_are() -> None:
    found = [p for p in patterns(_swarm(1_200, 1), workspace=HERE, settings=USUAL) if p.distinct]
    experts = {p.conditions for p in found if p.category == Category.EXPERT_OPINION}
    avoid = {p.conditions for p in found if p.category == Category.FAILURE_AVOIDANCE}
    assert (("agent", "ann"),) in experts
    assert (("agent", "cy"),) in avoid
    assert (("agent", "bob"), ("type", "budget")) in avoid
    assert all(0.7 <= p.confidence_level <= 1 and p.frequency_count >= 20 for p in found)
    ann = next(p for p in found if p.conditions == (("agent", "ann"),))
    assert ann.success_low < 0.93 < ann.success_high
    assert ann.recommendation_strength == Strength.VERY_STRONG


def test_in_a_swarm_without_structure_hardly_anything_is_confirmed() -> None:
    runs = [patterns(_swarm(400, seed, skill={}), workspace=HERE, settings=USUAL) for seed in range(40)]
    assert sum(any(p.confirmed for p in found) for found in runs) <= 8


def test_what_was_learned_predicts_later_outcomes_better_than_the_base_rate() -> None:
    everything = _swarm(2_000, 2)
    middle = START + timedelta(minutes=10 * 1_000)
    got = _learn([s for s in everything if s.settled and s.settled <= middle], middle)
    seen = foresight(got.patterns, everything, after=got.iteration.completed_at)
    assert seen.outcomes == 999
    assert seen.accuracy is not None
    assert seen.base_rate is not None
    assert seen.coverage is not None
    assert seen.accuracy >= max(0.8, seen.base_rate + 0.05)
    assert seen.coverage >= 0.7


def test_accuracy_waits_for_outcomes_that_came_after_the_iteration() -> None:
    past, later = _swarm(800, 3), _swarm(400, 4, start=START + timedelta(days=10))
    got = _learn(past, START + timedelta(days=9))
    assert got.iteration.iteration_accuracy is None
    assert measured(got, past).iteration_accuracy is None
    held = measured(got, [*past, *later])
    assert held.iteration_accuracy == measured(got, later).iteration_accuracy
    assert held.iteration_accuracy is not None
    assert held.iteration_base_rate is not None


def test_an_iteration_has_every_field_of_the_document() -> None:
    got = _learn(_swarm(800, 5), START + timedelta(days=9))
    asked = (
        "iteration_id workspace_id samples_analyzed patterns_discovered patterns_confirmed rules_updated "
        "iteration_accuracy pattern_confidence_improvement rule_effectiveness_improvement key_insights "
        "recommendations_for_swarm started_at completed_at processing_time_seconds"
    )
    assert set(asked.split()) <= set(LearningIteration.__struct_fields__)
    it = got.iteration
    assert it.samples_analyzed == 800
    assert it.patterns_discovered >= it.patterns_confirmed > 0
    assert it.rules_updated == len(got.rules) > 0
    assert it.processing_time_seconds == 3
    assert it.pattern_confidence_improvement == 0
    assert any("ann" in insight and "expert" in insight for insight in it.key_insights)
    assert any(text.startswith("Train cy in") for text in it.recommendations_for_swarm)


def test_a_rule_is_proposed_made_active_by_later_outcomes_and_retired_when_they_turn() -> None:
    night = START + timedelta(days=7)
    first = _learn(_swarm(1_000, 6), night)
    assert {r.state for r in first.rules} == {RuleState.PROPOSED}
    second = _learn(_swarm(1_000, 7, start=night + timedelta(hours=1)), night + timedelta(days=7), first)
    ann = next(r for r in second.rules if r.conditions == (("agent", "ann"),))
    assert (ann.state, ann.prefer, ann.proposed_at) == (RuleState.ACTIVE, True, night)
    assert second.iteration.rules_updated >= 1
    turned = {cell: 1 - rate for cell, rate in SKILL.items()}
    late = night + timedelta(days=14)
    third = _learn(_swarm(1_000, 8, skill=turned, start=late), late + timedelta(days=7), second)
    ann = next(r for r in third.rules if r.id == ann.id)
    assert ann.state == RuleState.RETIRED
    assert ann.retired_because == "later outcomes show the opposite"


def test_the_same_outcomes_seen_again_make_no_rule_active() -> None:
    past, night = _swarm(1_000, 9), START + timedelta(days=7)
    second = _learn(past, night + timedelta(hours=1), _learn(past, night))
    assert {r.state for r in second.rules} == {RuleState.PROPOSED}


def test_a_rule_that_nothing_confirms_retires_after_a_month() -> None:
    night = START + timedelta(days=7)
    first = _learn(_swarm(1_000, 10), night)
    rules, changed = renew(
        first.rules, [], [], workspace=HERE, now=night + timedelta(days=31), settings=USUAL
    )
    assert {r.state for r in rules} == {RuleState.RETIRED}
    assert changed == len(rules)


def test_rules_are_suggested_for_a_context_unless_it_speaks_against_them() -> None:
    rules = [structs.replace(r, state=RuleState.ACTIVE) for r in _learn(_swarm(1_200, 11), START).rules]
    found = suggest_decision_rules(rules, {"task_type": "strategy"})
    assert any(dict(r.conditions).get("agent") == "ann" for r in found)
    assert not any(dict(r.conditions).get("type") == "budget" for r in found)
    assert [r.effectiveness for r in found] == sorted((r.effectiveness for r in found), reverse=True)
    assert suggest_decision_rules([structs.replace(r, state=RuleState.RETIRED) for r in rules], {}) == []


def test_a_profile_tells_strengths_weaknesses_and_overconfidence() -> None:
    known = {p.agent: p for p in profiles(_swarm(1_200, 12), workspace=HERE)}
    ann, bob, cy = (known[AgentId(name)] for name in ("ann", "bob", "cy"))
    assert set(ann.strengths) == set(TYPES)
    assert (bob.strengths, bob.weaknesses) == (("strategy",), ("budget",))
    assert cy.weaknesses
    assert cy.overconfidence == pytest.approx(0.8 - 0.25, abs=0.08)
    assert abs(ann.overconfidence or 0) < 0.2
    assert ann.approval_low < ann.approval_rate < ann.approval_high
    assert sum(b.n for b in cy.calibration) == cy.settled


def test_recommendations_judged_together_count_as_less() -> None:
    alone = _swarm(600, 13)
    together = [structs.replace(s, workflow=f"flow {k // 6}", approved=k // 6 % 2 == 0)
                for k, s in enumerate(alone)]  # fmt: skip
    assert joint_effect(alone) == pytest.approx(1, abs=0.01)
    assert joint_effect(together) > 4


def _recommends(make: Maker, agent: str, says: str, flow: str, **noted: str) -> Interaction:
    return make.interaction(
        "strategy",
        says,
        agent=AgentId(agent),
        kind=Kind.RECOMMENDATION,
        metadata={"type": "strategy", "workflow_id": flow, **noted},
    )


def test_agents_agree_where_they_say_the_same_in_one_workflow(make: Maker) -> None:
    given = [
        _recommends(make, "ann", '{"channel": "tv", "budget": 3}', "w1", confidence="0.85"),
        _recommends(make, "bob", '{"budget": 3, "channel": "tv"}', "w1", confidence="0.3"),
        _recommends(make, "cy", '{"channel": "radio"}', "w1"),
        _recommends(make, "cy", '{"channel": "tv", "budget": 3}', "w2"),
    ]
    read = samples(given, {}, settings=USUAL)
    assert [s.features["agreement"] for s in read] == ["several agents"] * 2 + ["alone"] * 2
    assert [s.features["confidence"] for s in read] == ["high", "low", "not stated", "not stated"]
    assert read[0].features["content channel"] == "tv"
    assert [s.workflow for s in read] == ["w1", "w1", "w1", "w2"]
    assert all(s.approved is None for s in read)


def test_partial_and_pending_recommendations_teach_nothing(make: Maker) -> None:
    turn = _recommends(make, "ann", "Buy.", "w1")
    partial = Outcome(
        interaction=turn.id,
        workspace=HERE,
        agent=turn.agent,
        status=Status.UNKNOWN,
        score=0.5,
        reason="partial",
        at=make.now,
    )
    assert samples([turn], {turn.id: partial}, settings=USUAL)[0].approved is None
    approved = structs.replace(partial, status=Status.SUCCESS, settled=make.now)
    assert samples([turn], {turn.id: approved}, settings=USUAL)[0].approved is True


def test_with_nothing_to_learn_from_an_iteration_says_so() -> None:
    got = _learn([], START)
    assert got.iteration.samples_analyzed == got.iteration.patterns_discovered == 0
    assert got.iteration.key_insights == (
        "No pattern was confirmed: outcomes look alike wherever one looks.",
    )
    assert predict(got.patterns, {"agent": "ann"}) is None
    assert foresight(got.patterns, _swarm(5, 14), after=START).coverage == 0
