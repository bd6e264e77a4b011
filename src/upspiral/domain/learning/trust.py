"""How far an agent is trusted."""

from datetime import datetime

from msgspec import Struct


class DomainTrust(Struct, frozen=True, kw_only=True):
    """What is believed of an agent's success rate in one domain; decisions rest on this."""

    domain: str
    mean: float
    """Expected success rate, 0 to 1."""
    low: float
    high: float
    """Limits of its 95 % interval."""
    n: float
    """Outcomes there, faded ones counting for less."""
    changed_at: datetime | None = None
    """When it was last found changed; what was before hardly counts."""


class TrustScore(Struct, frozen=True, kw_only=True):
    """The score shown of one agent, and the posteriors beneath it."""

    agent_id: str
    agent_name: str
    """As it last called itself; its id where it never did."""
    expected_success: float | None = None
    """Mean of the posterior over its domains, by their outcomes, 0 to 1: lists are ordered by it."""
    expected_success_low: float | None = None
    """Mean of the lower limits of the 95 % intervals, in the same way."""
    overall_trust_score: float
    """0 to 1: the four dimensions, weighted, times the confidence factor."""
    overall_trust: float
    """The same."""
    accuracy_score: float
    consistency_score: float
    timeliness_score: float | None
    """None where no latency is known; the other three then make up the score."""
    reliability_score: float
    confidence_factor: float
    """0 to 1, growing with the sample."""
    sample_size: int
    """Labeled answers."""
    approval_rate: float
    """0 to 1, a partial approval counting half."""
    avg_quality_score: float
    """0 to 100."""
    recommendation_strength: str
    """The score in a word: weak, moderate, strong or very_strong."""
    strength: str
    """The same."""
    trend: str
    """improving, stable or declining: the last hundred approvals, tested at 5 %."""
    one_rater_share: float
    """Part of the verdicts that the busiest rater gave, 0 to 1."""
    warning: str | None = None
    """What to be careful about, such as one rater's share above a half."""
    posterior: tuple[DomainTrust, ...] = ()
    """By domain, the most outcomes first."""
    changed_at: datetime | None = None
    """When the agent was last found changed in any domain."""


class Boost(Struct, frozen=True, kw_only=True):
    """By how much to lean on an agent's decision."""

    agent_id: str
    recommendation_type: str
    boost: float
    """-0.2 to 0.2, to be added to the agent's own confidence."""
    low: float | None
    """Limits of the 95 % interval of its success rate at this type; None where it has no outcomes there."""
    high: float | None
    fleet: float | None
    """Mean expected success rate of the other agents at this type; None where there are none."""
    rules: tuple[str, ...] = ()
    """The active rules that counted, in words."""
