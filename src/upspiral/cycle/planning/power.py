"""What does the proof of a gain take: how many pairs and labels, how many days, how much money? Pure."""

import math

from msgspec import Struct

from upspiral.config import Settings
from upspiral.curate.power import heldout_needed
from upspiral.cycle.planning.plan import Pace, count_rated_needed, describe_days
from upspiral.stats.judged.corrected import Labeled
from upspiral.stats.judged.gain import labels_for_pairs, verdicts_needed

JUDGEMENTS_PER_PAIR = 2
"""A judge is asked in both orders."""


class CallUse(Struct, frozen=True):
    """What one call of a model takes."""

    tokens: float = 0.0
    usd: float | None = 0.0
    """None where no price is known."""


class ProofPlan(Struct, frozen=True, kw_only=True):
    """What it takes to prove that a candidate is better."""

    gain: float
    """The hoped one, 0 to 1: success rate, or how much more often people prefer the candidate's answer."""
    judged: bool
    """Does a judge compare answers?"""
    pairs: int
    """Held-out conversations that both versions must answer."""
    pairs_there: int
    """As many as there are by now."""
    labels: int | None
    """Pairs that people must label, 0 where no judge compares; null where so many pairs cannot show the gain,
    whatever people say of them."""
    labels_there: int
    """Labels by which the judge's error is known, of earlier comparisons."""
    days: float | None
    """Until the pairs are there, at the present traffic; null where that is never."""
    tokens: int
    """Of all answers and verdicts."""
    usd: float | None
    """Null where a price is not known."""


def compares_recorded(settings: Settings) -> bool:
    """Say whether recorded conversations are cases, and no failures with a known answer needed."""
    return settings.evaluate.is_judged and settings.curate.recorded_cases > 0


def plan_proof(
    seen: Pace, settings: Settings, *, labeled: Labeled, answer: CallUse, verdict: CallUse
) -> ProofPlan:
    """Say what the proof of the gain takes that is hoped for.

    Where a scorer tells which answers are right, failures with a known answer prove it; where a judge
    compares, any recorded conversation does, and labels of people correct the judge.

    Args:
        seen: What is recorded and rated, and how fast.
        settings: What is hoped for, at which level and power.
        labeled: What is known of the judge's error, from earlier comparisons.
        answer: What an answer of the agent takes.
        verdict: What one verdict of the judge takes.

    >>> from upspiral.evaluate.config import EvaluateSettings
    >>> seen = Pace(recorded=400, rated=20, failed=4, per_day=1, recorded_per_day=20)
    >>> judged = Settings.model_construct(evaluate=EvaluateSettings(scorer="judge"))
    >>> told = {"labeled": Labeled([], []), "answer": CallUse(500, 0.001), "verdict": CallUse(800)}
    >>> plan = plan_proof(seen, judged, **told)
    >>> round(plan.gain, 3), plan.pairs, plan.pairs_there, plan.labels, round(plan.days or 0), plan.usd
    (0.125, 897, 330, 374, 34, 1.674)
    """
    gain = settings.curate.hoped_fixes * (seen.failed + 1) / (seen.rated + 4)
    if not compares_recorded(settings):
        return _plan_scored(seen, settings, gain=gain, answer=answer)
    alpha, power = settings.curate.alpha, settings.curate.power
    share = usable_share(settings)
    most = settings.curate.recorded_cases
    pairs = min(most, verdicts_needed(labeled, gain, alpha=alpha, power=power))
    there = min(most, int(share * seen.recorded))
    # The incumbent has answered those that were drawn where nothing is taught.
    answers = pairs + max(0, pairs - int(settings.curate.heldout * seen.recorded))
    return ProofPlan(
        gain=gain,
        judged=True,
        pairs=pairs,
        pairs_there=there,
        labels=labels_for_pairs(labeled, gain, pairs=pairs, alpha=alpha, power=power),
        labels_there=len(labeled.labels),
        days=_wait_for(pairs - there, share * seen.recorded_per_day),
        tokens=round(answers * answer.tokens + JUDGEMENTS_PER_PAIR * pairs * verdict.tokens),
        usd=_add_usd((answers, answer.usd), (JUDGEMENTS_PER_PAIR * pairs, verdict.usd)),
    )


def usable_share(settings: Settings) -> float:
    """Say which part of recorded conversations a judge may compare: all on which no drafts compete.

    >>> round(usable_share(Settings.model_construct()), 3)
    0.825
    """
    return 1 - (1 - settings.curate.heldout) * settings.levers.select


def describe_proof(plan: ProofPlan) -> str:
    """Say what the proof takes, in a few sentences.

    >>> known = {"judged": True, "labels_there": 60, "days": 5.5, "tokens": 310_400, "usd": None}
    >>> said = describe_proof(ProofPlan(gain=0.15, pairs=622, pairs_there=400, labels=259, **known))
    >>> said[:90]
    'To prove a gain of 15 points takes about 622 recorded conversations (400 are there, the ot'
    >>> said[90:]
    'hers in about 6 days) and 259 labels of people (60 are there). The proof takes about 310,400 tokens.'
    """
    if plan.days is None:
        when = f"{plan.pairs_there} are there, and no others come"
    elif plan.pairs_there >= plan.pairs:
        when = "they are there"
    else:
        when = f"{plan.pairs_there} are there, the others in about {describe_days(plan.days)}"
    kind = "recorded conversations" if plan.judged else "held-out conversations that are rated"
    begin = f"To prove a gain of {100 * plan.gain:.0f} points takes about {plan.pairs:,} {kind} ({when})"
    usd = f", {plan.usd:.2g} US dollars" if plan.usd else ""
    return f"{begin}{_say_labels(plan)}. The proof takes about {plan.tokens:,} tokens{usd}."


def _say_labels(plan: ProofPlan) -> str:
    if not plan.judged:
        return ""
    if plan.labels is None:
        return ", more than curate.recorded_cases allows: raise it"
    return f" and {plan.labels:,} labels of people ({plan.labels_there} are there)"


def _plan_scored(seen: Pace, settings: Settings, *, gain: float, answer: CallUse) -> ProofPlan:
    curate = settings.curate
    failure_rate = (seen.failed + 1) / (seen.rated + 4)
    pairs = math.ceil(heldout_needed(curate) / failure_rate)
    missing = count_rated_needed(seen, curate) - seen.rated
    return ProofPlan(
        gain=gain,
        judged=False,
        pairs=pairs,
        pairs_there=min(pairs, int(curate.heldout * seen.rated)) if missing > 0 else pairs,
        labels=0,
        labels_there=0,
        days=_wait_for(missing, seen.per_day),
        tokens=round(2 * pairs * answer.tokens),
        usd=None if answer.usd is None else 2 * pairs * answer.usd,
    )


def _wait_for(missing: float, per_day: float) -> float | None:
    if missing <= 0:
        return 0.0
    return missing / per_day if per_day > 0 else None


def _add_usd(*calls: tuple[int, float | None]) -> float | None:
    """Price numbers of calls; None where a price is not known."""
    known = [count * usd for count, usd in calls if usd is not None]
    return sum(known) if len(known) == len(calls) else None
