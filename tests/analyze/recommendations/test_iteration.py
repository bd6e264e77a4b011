"""The learning cycle, against a swarm whose truth is known."""

from datetime import datetime, timedelta

import numpy as np
import pytest
from msgspec import structs
from tests.conftest import START

from upspiral.analyze.recommendations import (
    ForwardAccuracy,
    LearningSettings,
    Sample,
    gather,
    learn,
    measure_accuracy,
    measure_forward_accuracy,
    predict,
    suggest_decision_rules,
)
from upspiral.analyze.recommendations.cache import HOUR, window
from upspiral.analyze.recommendations.categorical import Column
from upspiral.analyze.recommendations.categories import patterns
from upspiral.analyze.recommendations.evidence import Evidence
from upspiral.analyze.recommendations.extract import extract_features
from upspiral.analyze.recommendations.insights import key_insights
from upspiral.analyze.recommendations.profiles import joint_effect, profiles
from upspiral.analyze.recommendations.rules import renew
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId
from upspiral.domain.learning import (
    AgentProfile,
    Category,
    Learned,
    LearningIteration,
    Recommended,
    RuleState,
    Strength,
)
from upspiral.stats.proportions import wilson

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
    found = [p for p in patterns(gather(_swarm(1_200, 1)), workspace=HERE, settings=USUAL) if p.distinct]
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
    runs = [
        patterns(gather(_swarm(400, seed, skill={})), workspace=HERE, settings=USUAL) for seed in range(40)
    ]
    assert sum(any(p.confirmed for p in found) for found in runs) <= 8


def test_what_was_learned_predicts_later_outcomes_better_than_the_base_rate() -> None:
    everything = _swarm(2_000, 2)
    middle = START + timedelta(minutes=10 * 1_000)
    got = _learn([s for s in everything if s.settled and s.settled <= middle], middle)
    seen = measure_forward_accuracy(got.patterns, everything, after=got.iteration.completed_at)
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
    assert measure_accuracy(got, past).iteration_accuracy is None
    held = measure_accuracy(got, [*past, *later])
    assert held.iteration_accuracy == measure_accuracy(got, later).iteration_accuracy
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
        first.rules, [], Evidence(gather([])), workspace=HERE, now=night + timedelta(days=31), settings=USUAL
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
    known = {p.agent: p for p in profiles(gather(_swarm(1_200, 12)), workspace=HERE)}
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
    assert joint_effect(gather(alone)) == pytest.approx(1, abs=0.01)
    assert joint_effect(gather(together)) > 4


def _recommends(agent: str, says: str, flow: str, **noted: str) -> Recommended:
    return Recommended(
        id=InteractionId(f"{agent} {flow}"),
        agent=AgentId(agent),
        at=START,
        answer=says,
        conversation="c1",
        trace=None,
        metadata={"type": "strategy", "workflow_id": flow, **noted},
        status=None,
        folded=None,
        settled=None,
    )


def _texts(column: Column) -> list[str | None]:
    return [None if code < 0 else column.values[code] for code in column.codes.tolist()]


def test_agents_agree_where_they_say_the_same_in_one_workflow() -> None:
    given = [
        _recommends("ann", '{"channel": "tv", "budget": 3}', "w1", confidence="0.85"),
        _recommends("bob", '{"budget": 3, "channel": "tv"}', "w1", confidence="0.3"),
        _recommends("cy", '{"channel": "radio"}', "w1"),
        _recommends("cy", '{"channel": "tv", "budget": 3}', "w2"),
    ]
    seen = window(extract_features(given, settings=USUAL), since=START - HOUR, until=START, most=10)
    assert _texts(seen.features["agreement"]) == ["several agents"] * 2 + ["alone"] * 2
    assert _texts(seen.features["confidence"]) == ["high", "low", "not stated", "not stated"]
    assert _texts(seen.features["content channel"]) == ["tv", "tv", "radio", "tv"]
    assert _texts(seen.features["content budget"]) == ["3", "3", None, "3"]
    assert len(set(seen.flow.tolist())) == 2
    assert len(seen.only_decided()) == 0


def test_partial_and_pending_recommendations_teach_nothing() -> None:
    pending = _recommends("ann", "Buy.", "w1")
    partial = structs.replace(pending, status="unknown", folded=START)
    approved = structs.replace(pending, status="success", folded=START, settled=START)
    seen = extract_features([pending, partial, approved], settings=USUAL)
    assert seen.approved.tolist() == [-1, -1, 1]


def test_free_text_is_not_kept_and_a_number_is_cut_where_it_tells() -> None:
    rng = np.random.default_rng(15)
    budgets = rng.integers(1, 100_000, 6_000)
    said = [f'{{"budget": {n}, "why": "because {k}"}}' for k, n in enumerate(budgets.tolist())]
    given = [
        structs.replace(
            _recommends(f"ann {k % 3}", text, f"w{k}"),
            status="success" if n < 25_000 or rng.random() < 0.5 else "failure",
            settled=START,
        )
        for k, (text, n) in enumerate(zip(said, budgets.tolist(), strict=True))
    ]
    readings = extract_features(given, settings=USUAL)
    assert "content why" not in readings.features
    seen = window(readings, since=START - HOUR, until=START, most=10_000)
    found = [p for p in patterns(seen, workspace=HERE, settings=USUAL) if p.distinct]
    cheap = next(p for p in found if p.category == Category.SUCCESS_INDICATOR)
    ((name, limit),) = cheap.conditions
    assert name == "content budget"
    assert limit.startswith("≤ ")
    assert predict(found, {name: "12"}) is True
    assert predict(found, {name: "90000"}) is False


def test_an_iteration_says_how_right_it_was_beside_the_base_rate() -> None:
    def said(right: int, base_rate: float) -> str:
        interval = wilson(right, 100)
        seen = ForwardAccuracy(
            outcomes=100, covered=100, right=right, accuracy=right / 100, accuracy_interval=interval,
            base_rate=base_rate, coverage=1.0,
        )  # fmt: skip
        return seen.words or ""

    assert ": better than guessing" in said(90, 0.6)
    assert ": not surely better than guessing" in said(79, 0.77)
    assert ": no better than guessing" in said(60, 0.7)
    got = _learn([], START)
    assert not any(text.startswith("Predicted") for text in got.iteration.key_insights)


def test_a_few_recommendations_say_nothing_about_stated_confidence() -> None:
    def profile(settled: int) -> AgentProfile:
        one = _learn(_swarm(400, 3), START).profiles[0]
        return structs.replace(one, overconfidence=-0.15, settled=settled)

    assert not any("Stated confidence" in one.text for one in key_insights((), [profile(19)]))
    assert any("Stated confidence" in one.text for one in key_insights((), [profile(20)]))


def test_with_nothing_to_learn_from_an_iteration_says_so() -> None:
    got = _learn([], START)
    assert got.iteration.samples_analyzed == got.iteration.patterns_discovered == 0
    assert got.iteration.key_insights == (
        "No pattern was confirmed: outcomes look alike wherever one looks.",
    )
    assert predict(got.patterns, {"agent": "ann"}) is None
    assert measure_forward_accuracy(got.patterns, _swarm(5, 14), after=START).coverage == 0
