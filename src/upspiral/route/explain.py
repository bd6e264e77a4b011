"""Why this agent? Words and numbers for one line of a table."""

from msgspec import Struct

from upspiral.route.base import Ask, Table
from upspiral.route.learner import Record, Trustworthiness
from upspiral.route.policies.thompson import Prices, given_in_advance, handicaps
from upspiral.stats.posterior import Belief


class Explanation(Struct, frozen=True, kw_only=True):
    """What stood behind an agent's chance in a domain."""

    agent: str
    domain: str
    probability: float
    mean: float
    """Expected success rate, 0 to 1."""
    low: float
    high: float
    """Limits of its 95 % interval."""
    evidence: float
    """Own recent outcomes in the domain."""
    borrowed: float
    """Outcomes' worth lent by kin."""
    price: float
    """Success given up for its cost and time."""
    latency_ms: float
    cost: float
    rules: tuple[str, ...]
    alarms: tuple[int, ...]
    """When its success rate was found changed."""
    words: str


def explain(
    learned: Trustworthiness, ask: Ask, chances: Table, *, domain: str, agent: str, prices: Prices
) -> Explanation:
    """Say why an agent has its chance in a domain.

    Args:
        learned: What was believed when the table was made.
        ask: What it was made for.
        chances: The table.
        domain: Where.
        agent: Who; one of those asked for.
        prices: What cost and time weighed.

    Raises:
        ValueError: The agent or the domain was not asked for.
    """
    standing = learned.standing(ask.agents, ask.domains, now=ask.now)
    good, bad = given_in_advance(ask, agent, domain)
    own = standing.belief(agent, domain)
    belief = Belief(own.alpha + good, own.beta + bad)
    low, high = belief.interval()
    record = learned.records.get(agent, Record())
    cell = record.cells.get(domain)
    evidence = cell.tally.size(ask.now, learned.memory.half_life) if cell else 0.0
    price = float(handicaps(standing, prices, speed=ask.speed)[standing.agents.index(agent)])
    rules = tuple(
        f"{'veto' if rule.veto else f'+{rule.good:g} good, +{rule.bad:g} bad'}: {rule.reason}"
        for rule in ask.rules
        if rule.agent == agent and rule.covers(domain)
    )
    probability = chances.probability(agent)
    return Explanation(
        agent=agent,
        domain=domain,
        probability=probability,
        mean=belief.mean,
        low=low,
        high=high,
        evidence=evidence,
        borrowed=max(0.0, belief.size - evidence),
        price=price,
        latency_ms=record.latency_ms,
        cost=record.cost,
        rules=rules,
        alarms=record.alarms,
        words=(
            f"{agent} gets {probability:.1%} of {domain}: it succeeds {belief.mean:.0%} of the time "
            f"({low:.0%} to {high:.0%}), from {evidence:.0f} outcomes here and the worth of "
            f"{max(0.0, belief.size - evidence):.0f} from its kin; its price counts {price:.3f}"
            + (f"; its rate changed at {', '.join(map(str, record.alarms))}" if record.alarms else "")
            + (f"; rules: {'; '.join(rules)}." if rules else ".")
        ),
    )
