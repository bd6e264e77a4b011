"""What do rules that were learned say about whom to choose? (pure)."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from upspiral.domain.learning import Rule, RuleState
from upspiral.route.base import RoutingRule

MAX_RULE_OUTCOMES = 10.0
"""Outcomes that a rule counts as in advance, at most: facts overrule it soon."""
MAX_VETO_SUCCESS, MIN_VETO_OUTCOMES = 0.2, 50
"""A rule to avoid is a veto where it succeeded in less than this share, observed at least so often."""
DOMAINS = ("domain", "task", "type")


def routing_rules(rules: Iterable[Rule], agents: Sequence[str]) -> tuple[RoutingRule, ...]:
    """Read the active rules about an agent as priors and vetoes.

    Where vetoes would leave nobody, they count as priors only.

    Args:
        rules: Of the newest learning run.
        agents: Who may be chosen.
    """
    found = [one for rule in rules if (one := routing_rule(rule)) and one.agent in agents]
    barred = {one.agent for one in found if one.veto}
    if barred and barred >= set(agents):
        found = [replace(one, veto=False) for one in found]
    return tuple(found)


def routing_rule(rule: Rule) -> RoutingRule | None:
    """Read a rule as one about routing; None where it is not active, or about something else as well.

    It counts as at most ten outcomes in advance, at the rate that it observed.
    """
    said = dict(rule.conditions)
    agent = said.pop("agent", None)
    domain = next((said.pop(name) for name in DOMAINS if name in said), None)
    if agent is None or said or rule.state != RuleState.ACTIVE:
        return None
    worth = min(MAX_RULE_OUTCOMES, float(rule.observed))
    return RoutingRule(
        agent=agent,
        domain=domain,
        veto=not rule.prefer and rule.success_rate < MAX_VETO_SUCCESS and rule.observed >= MIN_VETO_OUTCOMES,
        good=worth * rule.success_rate,
        bad=worth * (1 - rule.success_rate),
        reason=rule.text,
    )
