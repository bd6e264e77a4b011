"""What is a success? The one definition: signals in, Outcome out."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from upspiral.capture.config import CaptureSettings
from upspiral.domain import Feedback, Interaction, Judgement, Outcome, Source, Status, VoteWeight
from upspiral.domain.feedback import ACTIONS, GOLD, to_rater_key

PRECEDENCE = tuple(Source)
"""Most trusted first; the first source that judged decides."""
Signal = Feedback | Judgement
DEFAULT_WEIGHT = VoteWeight()
"""Weight of a rater without any history."""
UNPROVEN = frozenset(to_rater_key(Source.IMPLICIT, name) for name in ACTIONS)
"""Raters that do not count before they have a history."""
NOT_COUNTED = VoteWeight(0.0, 0.0)


def fold_outcome(
    interaction: Interaction,
    signals: Sequence[Feedback],
    *,
    settings: CaptureSettings,
    now: datetime,
    previous: Outcome | None = None,
    weights: Mapping[str, VoteWeight] | None = None,
) -> Outcome:
    """Fold all signals about an Interaction into its Outcome.

    Gold decides; else the most trusted source that gave a score does. Within it each rater's latest score
    counts, weighted by the rater and by what it says. Words of weight 0 do not count, not even alone, and
    words of negative weight count for the contrary. Without any score an error is a failure, and else nothing
    is known.

    Args:
        interaction: What is judged.
        signals: All feedback on it, oldest first.
        settings: The two thresholds.
        now: The moment of folding.
        previous: The Outcome as it was, from which the moment of settling is kept.
        weights: By rater key; 1 for those not named.
    """
    score, reason = verdict(
        signals, answer=interaction.answer, error=interaction.error, weights=weights or {}
    )
    status = _status(score, settings)
    settled = previous.settled if previous else None
    return Outcome(
        interaction=interaction.id,
        workspace=interaction.workspace,
        agent=interaction.agent,
        interaction_at=interaction.at,
        status=status,
        score=score,
        reason=reason,
        signals=tuple(signal.id for signal in signals),
        at=now,
        settled=settled or (now if status != Status.UNKNOWN else None),
    )


def verdict(
    signals: Sequence[Signal], *, answer: str, error: str | None, weights: Mapping[str, VoteWeight]
) -> tuple[float | None, str]:
    """Give the score of an Interaction, 0 to 1 or None, and which signals decided, in words."""
    judged = [signal for signal in signals if is_judgement(signal)]
    counted = [signal for signal in judged if is_gold(signal) or _weight(signal, answer, weights)]
    score, reason = _score(counted, answer, weights)
    if score is None and error:
        score, reason = 0.0, f"error: {error[:200]}"
    keys = {signal.voice for signal in counted}
    silent = sorted({signal.rater for signal in judged if signal.voice not in keys})
    return score, f"{reason}; not counted: {join_names(silent)}" if silent else reason


def is_judgement(signal: Signal) -> bool:
    """Say whether a signal judges; a mere comment does not."""
    return signal.score is not None or signal.correction is not None


def is_gold(signal: Signal) -> bool:
    """Say whether a signal is the truth about its Interaction: a human evaluation with the label `gold`."""
    return signal.source == Source.HUMAN_EVALUATION and (signal.label or "").strip().lower() == GOLD


def signal_score(signal: Signal, answer: str) -> float:
    """Give what a signal that speaks says, 0 to 1.

    A correction says that the answer was wrong, unless it is the answer.
    """
    if signal.score is not None:
        return signal.score
    return float((signal.correction or "").strip() == answer.strip())


def find_weight(rater_key: str, weights: Mapping[str, VoteWeight]) -> VoteWeight:
    """Give what a rater weighs, also where nothing is known of it.

    >>> find_weight("user:anna", {}), find_weight("implicit:copied", {})
    (VoteWeight(good=1.0, bad=1.0), VoteWeight(good=0.0, bad=0.0))
    """
    return weights.get(rater_key, NOT_COUNTED if rater_key in UNPROVEN else DEFAULT_WEIGHT)


def join_names(names: Sequence[str]) -> str:
    """Name the first five.

    >>> join_names(["a", "b", "c", "d", "e", "f"])
    'a, b, c, d, e and 1 more'
    """
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _score(
    counted: Sequence[Signal], answer: str, weights: Mapping[str, VoteWeight]
) -> tuple[float | None, str]:
    gold = [signal for signal in counted if is_gold(signal)]
    if gold:
        return signal_score(gold[-1], answer), f"gold by {gold[-1].rater}"
    for source in PRECEDENCE:
        latest = {s.voice: s for s in counted if s.source == source}
        if latest:
            weighed = [(_weight(s, answer, weights), signal_score(s, answer)) for s in latest.values()]
            total = sum(abs(weight) for weight, _ in weighed)
            score = sum(abs(w) * (value if w > 0 else 1 - value) for w, value in weighed) / total
            raters = "1 rater" if len(latest) == 1 else f"{len(latest)} raters"
            return score, f"{source} by {raters}: {score:.2f}"
    return None, "nobody has judged it yet"


def _weight(signal: Signal, answer: str, weights: Mapping[str, VoteWeight]) -> float:
    return find_weight(signal.voice, weights).of(signal_score(signal, answer))


def _status(score: float | None, settings: CaptureSettings) -> Status:
    if score is None:
        return Status.UNKNOWN
    if score >= settings.success_at:
        return Status.SUCCESS
    return Status.FAILURE if score < settings.failure_below else Status.UNKNOWN
