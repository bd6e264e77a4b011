"""Is there enough to learn from, and enough to prove it with? (pure)."""

import math

from upspiral.curate.config import CurateSettings
from upspiral.domain import Dataset
from upspiral.stats.paired import pairs_needed

TRUST_CORRECTIONS = (
    ' Corrections are waiting: set curate.corrections = "trusted" to teach them as they are, or give the'
    " agent a teacher."
)


def heldout_needed(settings: CurateSettings) -> int:
    """Say how many held-out failures show a gain, if the candidate fixes the hoped share of them.

    A held-out failure is one that the incumbent got wrong, so that every fix is a win and the candidate's
    own new mistakes are the losses; these are taken to be as rare as the hoped share leaves them.

    >>> heldout_needed(CurateSettings())
    17
    """
    fixed = settings.hoped_fixes
    return pairs_needed(fixed, fixed, alpha=settings.alpha, power=settings.power)


def failures_needed(settings: CurateSettings) -> int:
    """Say how many answered failures give enough to learn from and to prove a gain with.

    >>> failures_needed(CurateSettings())
    57
    """
    learn = settings.min_train / (1 + settings.replay_ratio) / (1 - settings.heldout)
    return math.ceil(max(learn, heldout_needed(settings) / settings.heldout))


def shortfall(dataset: Dataset, settings: CurateSettings) -> str | None:
    """Say what a Dataset lacks; None where a night can go on with it.

    Args:
        dataset: As built, with the counts of both sides and why cases were left out.
        settings: The least that is worth a training.
    """
    left_out = ", ".join(f"{count} {reason}" for reason, count in sorted(dataset.dropped.items()))
    why = f" Left out: {left_out}." if left_out else ""
    if dataset.dropped.get("correction waits for a teacher"):
        why += TRUST_CORRECTIONS
    if dataset.train < settings.min_train:
        return f"Too little to learn from: {dataset.train} of {settings.min_train} examples.{why}"
    needed = heldout_needed(settings)
    if dataset.heldout_failures < needed:
        return (
            f"Too little to prove a gain with: {dataset.heldout_failures} of {needed} held-out failures.{why}"
        )
    return None


def rated_missing(dataset: Dataset, rated: int, settings: CurateSettings) -> int:
    """Say about how many more rated conversations make a Dataset large enough, if they are like the others.

    Args:
        dataset: As built.
        rated: From how many rated conversations.
        settings: The least that is worth a training.
    """
    held = max(1, dataset.heldout_failures)
    ratio = max(settings.min_train / max(1, dataset.train), heldout_needed(settings) / held)
    return max(1, math.ceil(max(1, rated) * (ratio - 1)))
