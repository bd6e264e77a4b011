"""How many rated conversations does an improvement need, when will they be there, what would help? Pure."""

import math
from datetime import datetime

from msgspec import Struct

from upspiral.curate.config import CurateSettings
from upspiral.curate.power import heldout_needed
from upspiral.deploy.config import DeploySettings
from upspiral.stats.sequential import outcomes_to_promote

DAY_S = 86_400
MARGIN = 1.25
"""Not every failure belongs to a weakness, gets an answer, and falls on the side where it is needed."""
LEAST_GROWTH = 1.1
"""Where something else than held-out failures is missing, so much more evidence is worth another look."""
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
HELP = (
    "What helps: let a verifier or a judge score answers by itself, let users write corrections, or ask for a"
    " rating"
)


class Pace(Struct, frozen=True, kw_only=True):
    """What is rated, and how fast."""

    rated: int
    failed: int
    per_day: float
    """Rated conversations a day."""
    recorded_per_day: float
    recorded: int = 0
    """Conversations, rated or not."""


class ImprovementPlan(Struct, frozen=True, kw_only=True):
    """What an improvement needs."""

    more: int
    """Rated conversations that are missing before a candidate can be trained and pass the gate."""
    days: float
    """Until they are there, at the present pace; infinite where nothing is rated."""
    canary_days: float
    """Which the canary takes then, at the share that is planned."""
    share: float


def pace(*, recorded: int, rated: int, failed: int, first: datetime | None, now: datetime) -> Pace:
    """Give the pace from counts since a moment; less than a day counts as one."""
    days = max(1.0, (now - first).total_seconds() / DAY_S) if first else 1.0
    return Pace(
        rated=rated, failed=failed, per_day=rated / days, recorded_per_day=recorded / days, recorded=recorded
    )


def failures_needed(settings: CurateSettings, *, judged: bool = False) -> int:
    """Say how many answered failures leave enough held out to prove a gain with.

    Where a judge compares recorded conversations, these prove it, and failures are learned from alone.

    >>> failures_needed(CurateSettings()), failures_needed(CurateSettings(), judged=True)
    (57, 8)
    """
    if judged:
        return math.ceil(settings.min_failures / (1 - settings.heldout))
    return math.ceil(heldout_needed(settings) / settings.heldout)


def count_rated_missing(rated: int, *, heldout_failures: int, settings: CurateSettings) -> int:
    """Say about how many more rated conversations hold out enough failures, if they are like the others.

    Args:
        rated: How many there are.
        heldout_failures: How many failures of these are held out.
        settings: What has to be proven.

    >>> count_rated_missing(100, heldout_failures=10, settings=CurateSettings())
    70
    """
    ratio = heldout_needed(settings) / max(1, heldout_failures)
    return max(1, math.ceil(rated * (max(ratio, LEAST_GROWTH) - 1)))


def count_rated_needed(seen: Pace, settings: CurateSettings, *, judged: bool = False) -> int:
    """Say how many rated conversations hold enough failures to learn from and to prove a gain with.

    The failure rate is that of the rated ones, drawn a little towards a quarter.

    >>> seen = Pace(rated=100, failed=40, per_day=15, recorded_per_day=30)
    >>> count_rated_needed(seen, CurateSettings())
    181
    """
    failure_rate = (seen.failed + 1) / (seen.rated + 4)
    return math.ceil(MARGIN * failures_needed(settings, judged=judged) / failure_rate)


def make_plan(seen: Pace, *, more: int, curate: CurateSettings, deploy: DeploySettings) -> ImprovementPlan:
    """ImprovementPlan from what is rated to the verdict of the canary.

    Args:
        seen: The pace.
        more: Rated conversations that are missing.
        curate: What a candidate is hoped to fix.
        deploy: What the canary asks.
    """
    failure_rate = (seen.failed + 1) / (seen.rated + 4)
    gain, baseline = curate.hoped_fixes * failure_rate, 1 - failure_rate
    share = canary_share(gain, baseline, per_day=seen.per_day, settings=deploy)
    return ImprovementPlan(
        more=more,
        days=more / seen.per_day if seen.per_day else math.inf,
        canary_days=canary_days(gain, baseline, share=share, per_day=seen.per_day, settings=deploy),
        share=share,
    )


def canary_days(
    gain: float, baseline: float, *, share: float, per_day: float, settings: DeploySettings
) -> float:
    """Say how many days a canary of that true gain takes to its verdict.

    >>> round(canary_days(0.24, 0.6, share=0.5, per_day=15, settings=DeploySettings()))
    8
    """
    if gain <= 0 or per_day <= 0:
        return math.inf
    needed = outcomes_to_promote(
        gain, baseline, share=share, margin=settings.margin, alpha=settings.promote_alpha
    )
    return max(needed, settings.canary_min_outcomes) / (share * per_day)


def canary_share(gain: float, baseline: float, *, per_day: float, settings: DeploySettings) -> float:
    """Choose the canary's share: the usual one, or a larger one where its verdict would come too late.

    It is chosen so that the verdict is expected within half of the time that a canary has.

    >>> canary_share(0.24, 0.6, per_day=1000, settings=DeploySettings())
    0.1
    >>> canary_share(0.24, 0.6, per_day=15, settings=DeploySettings())
    0.5
    """
    limit = max(settings.canary_share, settings.canary_max_share)
    steps = [s for s in (settings.canary_share, *SHARES, limit) if settings.canary_share <= s <= limit]
    for share in sorted(steps):
        days = canary_days(gain, baseline, share=share, per_day=per_day, settings=settings)
        if days <= settings.canary_max_days / 2:
            return share
    return limit


def describe_plan(seen: Pace, plan: ImprovementPlan, *, evidence_days: float, canary_max_days: float) -> str:
    """Say what is missing, when it will be there, and what helps where that is never.

    Args:
        seen: The pace.
        plan: From now to the verdict of the canary.
        evidence_days: Evidence older than this is left out.
        canary_max_days: After this time a canary is withdrawn.
    """
    reachable = seen.per_day * evidence_days >= seen.rated + plan.more
    rate = f"{seen.per_day:.1f} rated conversations a day"
    if not reachable:
        needed = (seen.rated + plan.more) / evidence_days
        ask = _say_asking(needed, seen.recorded_per_day)
        return (
            f"At {rate} an improvement cannot be shown: about {plan.more} more are needed, and what is older"
            f" than {evidence_days:g} days no longer counts. {HELP}{ask}."
        )
    words = (
        f"About {plan.more} more rated conversations are needed: about {describe_days(plan.days)} at {rate}."
    )
    if plan.canary_days <= canary_max_days:
        return f"{words} The canary takes about {describe_days(plan.canary_days)} then."
    return (
        f"{words} The canary would take about {describe_days(plan.canary_days)} then, and"
        f" deploy.canary_max_days gives it {canary_max_days:g}: raise it. {HELP}."
    )


def _say_asking(needed: float, recorded: float) -> str:
    """Say how often a rating would have to be asked for.

    >>> _say_asking(2.5, 30), _say_asking(40, 30)
    (' after every 12th conversation', ' (about 40.0 a day are needed, and 30.0 conversations are recorded)')
    """
    every = math.floor(recorded / needed)
    if every >= 2:
        return f" after every {every}th conversation"
    return f" (about {needed:.1f} a day are needed, and {recorded:.1f} conversations are recorded)"


def describe_days(days: float) -> str:
    """Write a number of days.

    >>> describe_days(0.2), describe_days(7.4)
    ('1 day', '8 days')
    """
    whole = max(1, math.ceil(days))
    return "1 day" if whole == 1 else f"{whole} days"
