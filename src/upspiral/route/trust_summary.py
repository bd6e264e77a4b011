"""What is shown of an agent's trust: the score, and what is believed of it in each domain? Pure."""

from collections.abc import Iterable

from msgspec import Struct

from upspiral.domain.learning import DomainTrust, TrustScore
from upspiral.route.trust_score import TrustFold
from upspiral.stats.posterior import Belief

MAX_DOMAINS = 20
"""Domains shown of each agent, those with the most outcomes."""


class AgentTrust(Struct, frozen=True):
    """What the facts say about one agent."""

    name: str
    """As it last called itself; empty where it never did."""
    trust: TrustFold


def to_trust_score(agent: str, known: AgentTrust, beliefs: tuple[DomainTrust, ...]) -> TrustScore:
    """Put together what is shown of one agent.

    Args:
        agent: Its id.
        known: What its verdicts and deliveries say.
        beliefs: Posteriors of its success rate, the domain with the most outcomes first.

    >>> to_trust_score("ann", AgentTrust("Ann", TrustFold()), ()).agent_name
    'Ann'
    """
    trust = known.trust
    share = trust.one_rater_share
    busiest = max(trust.raters, key=lambda name: trust.raters[name], default="")
    mean, low = _expect_rate(trust, beliefs)
    changes = [one.changed_at for one in beliefs if one.changed_at]
    return TrustScore(
        agent_id=agent,
        agent_name=known.name or agent,
        expected_success=mean,
        expected_success_low=low,
        overall_trust_score=trust.overall,
        overall_trust=trust.overall,
        accuracy_score=trust.accuracy,
        consistency_score=trust.consistency,
        timeliness_score=trust.timeliness if trust.known[2] else None,
        reliability_score=trust.reliability,
        confidence_factor=trust.confidence,
        sample_size=trust.n,
        approval_rate=trust.approval_rate,
        avg_quality_score=trust.avg_quality_score,
        recommendation_strength=trust.strength,
        strength=trust.strength,
        trend=trust.trend,
        one_rater_share=share,
        warning=f"{share:.0%} of the verdicts are by {busiest!r} alone." if share > 0.5 else None,
        posterior=beliefs[:MAX_DOMAINS],
        changed_at=max(changes, default=None),
    )


def sort_scores(scores: Iterable[TrustScore]) -> list[TrustScore]:
    """Put the agent first that most probably succeeds.

    The mean of the posterior orders better than its lower limit, which ranks agents by how often they were
    asked, and far better than the score shown, which remembers about twenty outcomes.
    """
    return sorted(
        scores, key=lambda one: (-(one.expected_success or 0.0), -one.overall_trust_score, one.agent_id)
    )


def _expect_rate(trust: TrustFold, beliefs: tuple[DomainTrust, ...]) -> tuple[float | None, float | None]:
    """Give the expected success rate over an agent's domains, by their outcomes, and its lower limit."""
    total = sum(one.n for one in beliefs)
    if total > 0:
        mean = sum(one.n * one.mean for one in beliefs) / total
        return mean, sum(one.n * one.low for one in beliefs) / total
    if not trust.n:
        return None, None
    # No domain has outcomes of the last time: a uniform prior and all verdicts.
    belief = Belief(trust.approvals + 1, trust.n - trust.approvals + 1)
    return belief.mean, belief.interval()[0]
