"""Is the canary healthy? Stable and canary conversations, looked at after every outcome."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from msgspec import Struct

from upspiral.deploy.config import DeploySettings
from upspiral.deploy.evidence import ArmCounts, NotWorse, count_arm, show_not_worse
from upspiral.domain import Arm, Conversation, Deployment, Status, Verdict
from upspiral.stats.sequential import drops_detectable, rollback_evidence


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


class _Evidence(Struct, frozen=True):
    canary: ArmCounts
    stable: ArmCounts
    worse: float
    """Evidence that the canary is worse, valid at every look."""
    not_worse: NotWorse
    broken: str | None
    """Which fixed limit is broken."""

    @property
    def rates(self) -> str:
        return (
            f"canary {_say_right(self.canary)}, stable {_say_right(self.stable)}; complaints in "
            f"{self.canary.wrong} of {self.canary.answered} and {self.stable.wrong} of "
            f"{self.stable.answered} conversations"
        )


def assess(
    deployment: Deployment,
    seen: Sequence[Conversation],
    *,
    settings: DeploySettings,
    now: datetime,
    clock_doubt: str | None = None,
) -> Assessment:
    """Say whether the canary holds up.

    It is unhealthy when the evidence that it is worse (an e-value, valid at every look) reaches
    1/alpha, or a fixed limit is broken; healthy when the anytime-valid interval of candidate minus
    stable lies above minus the margin; inconclusive when time is over; else there is no verdict yet.
    What is compared depends on what users say, see `show_not_worse`; that nobody says anything is never
    evidence that all is well.

    Args:
        deployment: The running Deployment.
        seen: The conversations answered while it ran, in the order in which they were settled.
        settings: Levels, margin and limits.
        now: The moment of the look.
        clock_doubt: Why that moment is not to be believed: its time is not over then; None where it is.
    """
    evidence = _weigh(deployment, seen, settings)
    verdict, reason = _decide(deployment, evidence, settings=settings, now=now, clock_doubt=clock_doubt)
    return Assessment(
        verdict=verdict,
        reason=reason,
        canary_n=evidence.canary.judged,
        canary_successes=evidence.canary.right,
        stable_n=evidence.stable.judged,
        stable_successes=evidence.stable.right,
        difference_low=evidence.not_worse.difference.low,
        difference_high=evidence.not_worse.difference.high,
        e_value=evidence.worse,
    )


def _weigh(deployment: Deployment, seen: Sequence[Conversation], settings: DeploySettings) -> _Evidence:
    settled = [c for c in seen if c.status != Status.UNKNOWN and c.arm is not None]
    arms = np.array([c.arm == Arm.CANARY for c in settled], dtype=np.bool_)
    good = np.array([c.status == Status.SUCCESS for c in settled], dtype=np.bool_)
    path = rollback_evidence(arms, good, share=deployment.share) if settled else np.ones(1)
    canary, stable = count_arm(seen, Arm.CANARY), count_arm(seen, Arm.STABLE)
    return _Evidence(
        canary,
        stable,
        float(max(path.max(), 1.0)),
        show_not_worse(canary, stable, settings),
        _find_broken_limit(seen, settings),
    )


def _decide(
    deployment: Deployment,
    evidence: _Evidence,
    *,
    settings: DeploySettings,
    now: datetime,
    clock_doubt: str | None,
) -> tuple[Verdict | None, str]:
    rates = evidence.rates
    if evidence.canary.judged >= settings.canary_min_outcomes:
        if evidence.broken:
            return Verdict.UNHEALTHY, f"{evidence.broken} ({rates})."
        if evidence.worse >= 1 / settings.alpha:
            return Verdict.UNHEALTHY, (
                f"The evidence that it is worse reached {evidence.worse:.0f}, "
                f"the limit is {1 / settings.alpha:.0f} ({rates})."
            )
    if evidence.not_worse.enough and evidence.not_worse.shown:
        return Verdict.HEALTHY, f"{_not_worse(evidence.not_worse)} ({rates})."
    days = (now - deployment.started).total_seconds() / 86400
    if days >= settings.canary_max_days and not clock_doubt:
        return Verdict.INCONCLUSIVE, f"No verdict after {days:.1f} days ({rates})."
    doubt = f" The clock is not believed: {clock_doubt}." if clock_doubt else ""
    return None, _say_so_far(deployment, evidence, settings) + doubt


def _not_worse(found: NotWorse) -> str:
    """Put what was shown into words.

    >>> from upspiral.stats.proportions import Interval
    >>> shown = {"shown": True, "allowed": 0.02, "enough": True}
    >>> _not_worse(NotWorse(measure="success rate", difference=Interval(0.031, 0.1), **shown))
    'It is better, by at least 3.1 points'
    >>> _not_worse(NotWorse(measure="complaints", difference=Interval(-0.011, 0.1), **shown))
    'By its complaints it is not worse: at most by 1.1 points, 2 are allowed'
    """
    by = "It is" if found.measure == "success rate" else f"By its {found.measure} it is"
    low = found.difference.low
    if low > 0:
        return f"{by} better, by at least {100 * low:.1f} points"
    return f"{by} not worse: at most by {-100 * low:.1f} points, {100 * found.allowed:.2g} are allowed"


def _say_right(counts: ArmCounts) -> str:
    return f"{counts.right} of {counts.judged} right" if counts.judged else "nothing labeled"


def _say_so_far(deployment: Deployment, evidence: _Evidence, settings: DeploySettings) -> str:
    canary, stable, rates = evidence.canary, evidence.stable, evidence.rates
    if canary.judged < settings.canary_min_outcomes or not stable.judged:
        return f"Waiting for {settings.canary_min_outcomes} labeled canary conversations ({rates})."
    if evidence.not_worse.measure == "complaints":
        return f"No verdict yet; hardly anybody says that an answer was good, so complaints count ({rates})."
    if evidence.not_worse.measure == "praise":
        return f"No verdict yet; hardly anybody says that an answer was bad, so praise counts ({rates})."
    drop = drops_detectable(canary.judged, deployment.share, stable.right / stable.judged, settings.alpha)
    return f"No verdict yet; a drop of {100 * drop:.0f} points would have shown by now ({rates})."


def _find_broken_limit(seen: Sequence[Conversation], settings: DeploySettings) -> str | None:
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
