"""Is the canary healthy? Stable and canary conversations, looked at after every outcome."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct

from upspiral.deploy.config import DeploySettings
from upspiral.domain import Arm, Conversation, Deployment, Status, Verdict
from upspiral.stats.sequential import difference_sequence, drops_detectable, e_process


class Assessment(Struct, frozen=True, kw_only=True):
    """What the evidence says so far."""

    verdict: Verdict | None
    """None while it is too early to say."""
    reason: str
    canary_n: int = 0
    canary_successes: int = 0
    stable_n: int = 0
    stable_successes: int = 0
    difference_low: float = -1.0
    difference_high: float = 1.0
    e_value: float = 1.0


def assess(
    deployment: Deployment, seen: Sequence[Conversation], *, settings: DeploySettings, now: datetime
) -> Assessment:
    """Say whether the canary holds up.

    It is unhealthy when the evidence that it is worse (an e-value, valid at every look) reaches
    1/alpha, or a fixed limit is broken; healthy when the anytime-valid interval of candidate minus
    stable lies above minus the margin; inconclusive when time is over; else there is no verdict yet.

    Args:
        deployment: The running Deployment.
        seen: The conversations answered while it ran, in the order in which they were settled.
        settings: Levels, margin and limits.
        now: The moment of the look.
    """
    settled = [c for c in seen if c.status != Status.UNKNOWN and c.arm is not None]
    arms = np.array([c.arm == Arm.CANARY for c in settled], dtype=np.bool_)
    good = np.array([c.status == Status.SUCCESS for c in settled], dtype=np.bool_)
    facts = {
        "canary_n": int(arms.sum()),
        "canary_successes": int(good[arms].sum()) if len(settled) else 0,
        "stable_n": int((~arms).sum()),
        "stable_successes": int(good[~arms].sum()) if len(settled) else 0,
    }
    evidence = float(np.max(e_process(arms, good), initial=1.0)) if len(settled) else 1.0
    limits = difference_sequence(
        facts["canary_successes"],
        facts["canary_n"],
        facts["stable_successes"],
        facts["stable_n"],
        alpha=settings.promote_alpha,
    )
    verdict, reason = _decide(
        deployment,
        facts,
        evidence=evidence,
        low=limits.low,
        settings=settings,
        now=now,
        broken=_broken(seen, settings),
    )
    return Assessment(
        verdict=verdict,
        reason=reason,
        difference_low=limits.low,
        difference_high=limits.high,
        e_value=evidence,
        **facts,
    )


def _decide(
    deployment: Deployment,
    facts: dict[str, int],
    *,
    evidence: float,
    low: float,
    settings: DeploySettings,
    now: datetime,
    broken: str | None,
) -> tuple[Verdict | None, str]:
    n = facts["canary_n"]
    rates = _rates(facts)
    if n >= settings.canary_min_outcomes:
        if broken:
            return Verdict.UNHEALTHY, f"{broken} ({rates})."
        if evidence >= 1 / settings.alpha:
            return Verdict.UNHEALTHY, (
                f"The evidence that it is worse reached {evidence:.0f}, "
                f"the limit is {1 / settings.alpha:.0f} ({rates})."
            )
        if low > -settings.margin:
            return Verdict.HEALTHY, f"{_not_worse(low, settings.margin)} ({rates})."
    days = (now - deployment.started).total_seconds() / 86400
    if days >= settings.canary_max_days:
        return Verdict.INCONCLUSIVE, f"No verdict after {days:.1f} days ({rates})."
    return None, _so_far(deployment, facts, settings, rates)


def _not_worse(low: float, margin: float) -> str:
    """Put the lower limit of candidate minus stable into words.

    >>> _not_worse(0.031, 0.02)
    'It is better, by at least 3.1 points'
    >>> _not_worse(-0.011, 0.02)
    'It is not worse: at most by 1.1 points, 2 are allowed'
    """
    if low > 0:
        return f"It is better, by at least {100 * low:.1f} points"
    return f"It is not worse: at most by {-100 * low:.1f} points, {100 * margin:g} are allowed"


def _rates(facts: dict[str, int]) -> str:
    def rate(successes: int, n: int) -> str:
        return f"{successes} of {n} right" if n else "nothing settled"

    return (
        f"canary {rate(facts['canary_successes'], facts['canary_n'])}, "
        f"stable {rate(facts['stable_successes'], facts['stable_n'])}"
    )


def _so_far(deployment: Deployment, facts: dict[str, int], settings: DeploySettings, rates: str) -> str:
    n = facts["canary_n"]
    if n < settings.canary_min_outcomes or not facts["stable_n"]:
        return f"Waiting for {settings.canary_min_outcomes} settled canary conversations ({rates})."
    baseline = facts["stable_successes"] / facts["stable_n"]
    drop = drops_detectable(n, deployment.share, baseline, settings.alpha)
    return f"No verdict yet; a drop of {100 * drop:.0f} points would have shown by now ({rates})."


def _broken(seen: Sequence[Conversation], settings: DeploySettings) -> str | None:
    canary = [c for c in seen if c.arm == Arm.CANARY]
    settled = [c for c in canary if c.status != Status.UNKNOWN]
    if settings.min_success is not None and settled:
        rate = sum(c.status == Status.SUCCESS for c in settled) / len(settled)
        if rate < settings.min_success:
            return f"Its success rate {rate:.0%} is below the fixed limit {settings.min_success:.0%}"
    latencies = [i.latency_ms for c in canary for i in c.interactions]
    if settings.max_p95_ms is not None and latencies:
        p95 = float(np.percentile(latencies, 95))
        if p95 > settings.max_p95_ms:
            return f"Its p95 latency {p95:.0f} ms is above the fixed limit {settings.max_p95_ms:.0f} ms"
    return None
