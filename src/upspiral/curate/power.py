"""Is there enough to learn from, and enough to prove it with? (pure)."""

from upspiral.curate.config import CurateSettings
from upspiral.domain import Dataset
from upspiral.stats.paired import pairs_needed


def heldout_needed(settings: CurateSettings) -> int:
    """Say how many held-out failures show a gain, if the candidate fixes the hoped share of them.

    A held-out failure is one that the incumbent got wrong, so that every fix is a win and the candidate's
    own new mistakes are the losses; these are taken to be as rare as the hoped share leaves them.

    >>> heldout_needed(CurateSettings())
    17
    """
    fixed = settings.hoped_fixes
    return pairs_needed(fixed, fixed, alpha=settings.alpha, power=settings.power)


def shortfall(dataset: Dataset, settings: CurateSettings) -> str | None:
    """Say what a Dataset lacks; None where a night can go on with it.

    Args:
        dataset: As built, with the counts of both sides and why cases were left out.
        settings: The least that is worth a training.
    """
    left_out = ", ".join(f"{count} {reason}" for reason, count in sorted(dataset.dropped.items()))
    why = f" Left out: {left_out}." if left_out else ""
    if dataset.train < settings.min_train:
        more = settings.min_train - dataset.train
        return f"Too little to learn from: {dataset.train} examples, about {more} more are needed.{why}"
    needed = heldout_needed(settings)
    if dataset.heldout < needed:
        more = needed - dataset.heldout
        return (
            f"Too little to prove a gain with: {dataset.heldout} held-out cases, "
            f"about {more} more are needed.{why}"
        )
    return None
