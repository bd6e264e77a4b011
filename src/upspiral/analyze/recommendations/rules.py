"""What to do when? Rules are proposed by patterns, made active by later outcomes, and retired by them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import scipy
from msgspec import structs

from upspiral.analyze.recommendations.config import LearningSettings
from upspiral.analyze.recommendations.evidence import Evidence
from upspiral.analyze.recommendations.profiles import joint_effect
from upspiral.domain.ids import WorkspaceId, derive
from upspiral.domain.learning import LearnedPattern, Rule, RuleKind, RuleState
from upspiral.stats.contrast import Contrast, compare

LEVEL = 0.05
ALIASES = {"task_type": "type", "recommendation_type": "type", "agent_id": "agent", "domain": "type"}


def renew(
    rules: Sequence[Rule],
    patterns: Sequence[LearnedPattern],
    seen: Evidence,
    *,
    workspace: WorkspaceId,
    now: datetime,
    settings: LearningSettings,
) -> tuple[list[Rule], int]:
    """Let rules live on: proposed, active, retired.

    A confirmed pattern that says something of its own proposes a rule. Outcomes that settled after the
    proposal make it active when they show the same (at 5 %), and retire it when they show the opposite; so
    does silence.

    Args:
        rules: All there are.
        patterns: What tonight's iteration found.
        seen: The settled samples of the time looked at.
        workspace: Where they belong.
        now: The present moment.
        settings: How many later samples, how many days.

    Returns:
        All rules, and how many of them are new or changed their state.
    """
    proposed = {r.id: r for p in patterns if p.distinct for r in (_proposal(p, workspace, now),)}
    effect = joint_effect(seen.settled)
    kept = {
        r.id: proposed.get(r.id, r)
        if r.state == RuleState.RETIRED
        else _advance(r, proposed.get(r.id), _retest(r, seen, effect), now=now, settings=settings)
        for r in rules
    }
    before = {rule.id: rule.state for rule in rules}
    merged = {**proposed, **kept}
    return list(merged.values()), sum(before.get(r.id) != r.state for r in merged.values())


def suggest_decision_rules(
    rules: Sequence[Rule], context: Mapping[str, str], *, proposed: bool = False
) -> list[Rule]:
    """Give the rules that bear on a situation, the most effective first.

    A rule bears on it when no condition speaks against the context; what the context leaves open, such as
    which agent to ask, is what the rule advises on.

    Args:
        rules: All there are.
        context: What is known, such as ``{"task_type": "strategy"}``.
        proposed: Rules not yet active, too?
    """
    known = {ALIASES.get(name, name): value for name, value in context.items()}
    wanted = {RuleState.ACTIVE, RuleState.PROPOSED} if proposed else {RuleState.ACTIVE}
    bearing = [r for r in rules if r.state in wanted and _bears(r, known)]
    return sorted(bearing, key=lambda r: (r.state != RuleState.ACTIVE, -r.effectiveness, r.id))


def without_evidence(
    rules: Sequence[Rule], known: Sequence[LearnedPattern], left: Sequence[LearnedPattern]
) -> list[Rule]:
    """Retire the rules that rested only on patterns which no longer hold.

    Args:
        rules: All there are.
        known: The patterns before they were tested again ...
        left: ... and those of them that still hold.
    """
    held = {p.id for p in left}
    gone = {p.id for p in known} - held
    return [
        _retire(rule, "its patterns no longer hold")
        if rule.state != RuleState.RETIRED
        and gone.intersection(rule.evidence)
        and held.isdisjoint(rule.evidence)
        else rule
        for rule in rules
    ]


def _bears(rule: Rule, known: Mapping[str, str]) -> bool:
    return all(known.get(name, value) == value for name, value in rule.conditions)


def _kind(conditions: Sequence[tuple[str, str]]) -> RuleKind:
    """Whom to ask, where it is about an agent; else something to heed."""
    return RuleKind.ROUTING if any(name == "agent" for name, _ in conditions) else RuleKind.GUIDELINE


def _proposal(pattern: LearnedPattern, workspace: WorkspaceId, now: datetime) -> Rule:
    gap = pattern.success_rate - pattern.rest_rate
    prefer = gap > 0
    flat = [f"{name}={value}" for name, value in pattern.conditions]
    return Rule(
        id=derive("rul", workspace, str(prefer), *flat),
        workspace=workspace,
        kind=_kind(pattern.conditions),
        conditions=pattern.conditions,
        prefer=prefer,
        text=(
            f"{'Lean on' if prefer else 'Be wary of'} recommendations where {pattern.name}: "
            f"{pattern.success_rate:.0%} were approved, {abs(gap) * 100:.0f} points "
            f"{'more' if prefer else 'less'} than of the others."
        ),
        evidence=(pattern.id,),
        success_rate=pattern.success_rate,
        effectiveness=abs(gap),
        observed=pattern.frequency_count,
        proposed_at=now,
        confirmed_at=now,
    )


def _retest(rule: Rule, seen: Evidence, effect: float) -> Contrast:
    """Hold a rule against the outcomes that came after it was proposed."""
    inside, outside = seen.since(rule.proposed_at, rule.conditions)
    return compare(inside, outside, higher=rule.prefer, effect=effect)


def _advance(
    rule: Rule, again: Rule | None, later: Contrast, *, now: datetime, settings: LearningSettings
) -> Rule:
    """Give a rule that has not retired as it is after another night."""
    enough = later.n >= settings.rule_observations
    if enough and later.z < -float(scipy.stats.norm.isf(LEVEL)):
        return _retire(rule, "later outcomes show the opposite")
    if again is None and now - rule.confirmed_at > timedelta(days=settings.rule_days):
        return _retire(rule, f"not confirmed for {settings.rule_days} days")
    shown = enough and later.p_value < LEVEL
    state = RuleState.ACTIVE if shown else rule.state
    if again is None:
        return structs.replace(rule, state=state, confirmed_at=now if shown else rule.confirmed_at)
    evidence = tuple(dict.fromkeys((*rule.evidence, *again.evidence)))
    return structs.replace(again, state=state, proposed_at=rule.proposed_at, evidence=evidence)


def _retire(rule: Rule, why: str) -> Rule:
    return structs.replace(rule, state=RuleState.RETIRED, retired_because=why)
