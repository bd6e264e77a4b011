"""Why this agent? Words and numbers for one line of a table."""

from msgspec import Struct

from upspiral.route.base import RoutingContext, RoutingRule, Table
from upspiral.route.beliefs import AgentRecord, PosteriorTable
from upspiral.route.policies.thompson import Thompson, handicaps, prior_from_rules
from upspiral.stats.posterior import Belief


class Numbers(Struct, frozen=True, kw_only=True):
    """What is believed of an agent in a domain."""

    mean: float
    """Expected success rate, 0 to 1."""
    low: float
    high: float
    """Limits of its 95 % interval."""
    evidence: float
    """Own recent outcomes in the domain."""
    borrowed: float
    """Worth of the prior, in outcomes: what similar agents and domains add."""
    price: float
    """Success given up for its cost and time."""
    latency_ms: float
    cost: float | None
    """Mean cost of an answer; None where it is unknown, and then no cost counts against the agent."""
    priced: int
    """Answers whose cost is known."""
    alarms: tuple[int, ...]
    """When its success rate was found changed."""


class Explanation(Struct, frozen=True, kw_only=True):
    """What stood behind an agent's chance in a domain."""

    agent: str
    domain: str
    probability: float
    floor: float
    """The part of it that the agent has whatever is believed of it, so that a change is noticed."""
    rules: tuple[str, ...]
    numbers: Numbers | None
    """None where the policy has no beliefs."""
    words: str


def explain(beliefs: Thompson | None, ask: RoutingContext, made: Table) -> list[Explanation]:
    """Say of every agent why it has its chance in a domain.

    Args:
        beliefs: What the table was made from; None where the policy has none.
        ask: What the table was made for: agents and one domain.
        made: The table.
    """
    if not ask.agents or beliefs is None:
        return [_explain(ask, made, agent, None) for agent in ask.agents]
    standing = beliefs.learned.standing(ask.agents, ask.domains, now=ask.now)
    return [_explain(ask, made, agent, _numbers(beliefs, ask, standing, agent)) for agent in ask.agents]


def _explain(ask: RoutingContext, made: Table, agent: str, numbers: Numbers | None) -> Explanation:
    [domain] = ask.domains
    rules = tuple(_describe_rule(rule) for rule in ask.rules if rule.agent == agent and rule.covers(domain))
    probability = made.probability(agent)
    why = _words(numbers) if numbers else dict(zip(made.agents, made.reasons, strict=True)).get(agent, "")
    floor = dict(zip(made.agents, made.floors, strict=True)).get(agent, 0.0)
    told = f"{agent} gets {probability:.1%} of {domain}"
    told += f", of which {floor:.2%} so that a change is noticed" if floor else ""
    told += f": {why or 'it may not be chosen'}"
    return Explanation(
        agent=agent,
        domain=domain,
        probability=probability,
        floor=floor,
        rules=rules,
        numbers=numbers,
        words=told + (f"; rules: {'; '.join(rules)}." if rules else "."),
    )


def _numbers(beliefs: Thompson, ask: RoutingContext, standing: PosteriorTable, agent: str) -> Numbers:
    [domain], learned = ask.domains, beliefs.learned
    good, bad = prior_from_rules(ask, agent, domain)
    own = standing.belief(agent, domain)
    belief = Belief(own.alpha + good, own.beta + bad)
    low, high = belief.interval()
    record = learned.records.get(agent, AgentRecord())
    cell = record.cells.get(domain)
    evidence = cell.tally.size(ask.now, learned.memory.half_life) if cell else 0.0
    prices = handicaps(standing, beliefs.prices, speed=ask.speed)
    return Numbers(
        mean=belief.mean,
        low=low,
        high=high,
        evidence=evidence,
        borrowed=max(0.0, belief.size - evidence),
        price=float(prices[standing.agents.index(agent)]),
        latency_ms=record.latency_ms,
        cost=record.known_cost,
        priced=record.priced,
        alarms=record.alarms,
    )


def _describe_rule(rule: RoutingRule) -> str:
    return f"{'veto' if rule.veto else f'+{rule.good:g} good, +{rule.bad:g} bad'}: {rule.reason}"


def _words(found: Numbers) -> str:
    return (
        f"it succeeds {found.mean:.0%} of the time ({found.low:.0%} to {found.high:.0%}), from "
        f"{found.evidence:.0f} outcomes here and as much as {found.borrowed:.0f} from what is known of other "
        f"domains and agents; {_describe_price(found)}"
        + (
            f"; its success rate changed after outcome {_describe_alarms(found.alarms)}"
            if found.alarms
            else ""
        )
    )


def _describe_price(found: Numbers) -> str:
    points = f"{100 * found.price:.1f} points of success"
    if found.cost is None:
        return f"its cost is unknown and left out, and its latency counts as {points}"
    return f"its cost and latency count as {points}"


def _describe_alarms(alarms: tuple[int, ...]) -> str:
    return ", ".join(f"{one:,}" for one in alarms) + " of the workspace"
