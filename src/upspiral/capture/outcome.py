"""What is a success? The one definition: signals in, Outcome out."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from upspiral.capture.config import CaptureSettings
from upspiral.domain import Feedback, Interaction, Outcome, Source, Status

PRECEDENCE = tuple(Source)
"""Most trusted first; the first source that said anything decides."""


def fold(
    interaction: Interaction,
    signals: Sequence[Feedback],
    *,
    settings: CaptureSettings,
    now: datetime,
    previous: Outcome | None = None,
    weights: Mapping[str, float] | None = None,
) -> Outcome:
    """Fold all signals about an Interaction into its Outcome.

    The most trusted source that gave a score decides; within it each rater's latest signal counts, weighted
    by the rater's reliability. Without any score an error is a failure, and else nothing is known.

    Args:
        interaction: What is judged.
        signals: Everything that was said about it, oldest first.
        settings: The two thresholds.
        now: The moment of folding.
        previous: The Outcome as it was, from which the moment of settling is kept.
        weights: Reliability by rater, above 0; 1 for those not named.
    """
    score, reason = _score(interaction, signals, weights or {})
    if score is None and interaction.error:
        score, reason = 0.0, f"error: {interaction.error[:200]}"
    status = _status(score, settings)
    settled = previous.settled if previous else None
    return Outcome(
        interaction=interaction.id,
        workspace=interaction.workspace,
        agent=interaction.agent,
        status=status,
        score=score,
        reason=reason,
        signals=tuple(signal.id for signal in signals),
        at=now,
        settled=settled or (now if status != Status.UNKNOWN else None),
    )


def signal_score(interaction: Interaction, signal: Feedback) -> float | None:
    """Give what one signal says, 0 to 1; None for mere words.

    A correction says that the answer was wrong, unless it is the answer.
    """
    if signal.score is not None:
        return signal.score
    if signal.correction is not None:
        return float(signal.correction.strip() == interaction.answer.strip())
    return None


def _score(
    interaction: Interaction, signals: Sequence[Feedback], weights: Mapping[str, float]
) -> tuple[float | None, str]:
    for source in PRECEDENCE:
        latest = {s.rater: signal_score(interaction, s) for s in signals if s.source == source}
        said = {rater: score for rater, score in latest.items() if score is not None}
        if said:
            total = sum(weights.get(rater, 1.0) for rater in said)
            score = sum(weights.get(rater, 1.0) * value for rater, value in said.items()) / total
            raters = "1 rater" if len(said) == 1 else f"{len(said)} raters"
            return score, f"{source} by {raters}: {score:.2f}"
    return None, "nobody has judged it yet"


def _status(score: float | None, settings: CaptureSettings) -> Status:
    if score is None:
        return Status.UNKNOWN
    if score >= settings.success_at:
        return Status.SUCCESS
    return Status.FAILURE if score < settings.failure_below else Status.UNKNOWN
