"""Is there enough to learn from, to prove it with, and to see harm with? (pure)."""

from upspiral.curate.answers import WAITS_FOR_TEACHER
from upspiral.curate.config import CurateSettings
from upspiral.curate.split import SAME_QUESTION
from upspiral.domain import Dataset
from upspiral.domain.dataset import MIN_HELDOUT_GOOD
from upspiral.domain.judgment.random_sample import SAMPLE_SIZE
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


def shortfall(dataset: Dataset, settings: CurateSettings, *, pairs: int | None = None) -> str | None:
    """Say what a Dataset lacks; None where a night can go on with it.

    Args:
        dataset: As built, with the counts of both sides and why cases were left out.
        settings: The least that is worth a training.
        pairs: Held-out cases of any kind that a judge needs to show anything; None where a scorer tells which
            answers are right.
    """
    why = _describe_dropped(dataset)
    if dataset.taught < settings.min_failures:
        more = settings.min_failures - dataset.taught
        return (
            f"Too little to learn from: {dataset.taught} failures with the answer to teach, "
            f"about {more} more are needed.{why}"
        )
    needed, failures = heldout_needed(settings), dataset.heldout_failures
    if pairs is not None and dataset.heldout < pairs:
        return (
            f"Too little to prove a gain with: {dataset.heldout} held-out conversations, "
            f"about {pairs - dataset.heldout} more are needed.{why}"
        )
    if pairs is None and failures < needed:
        return (
            f"Too little to prove a gain with: {failures} held-out failures, "
            f"about {needed - failures} more are needed.{why}"
        )
    good = dataset.heldout_good + dataset.heldout_recorded
    if good < MIN_HELDOUT_GOOD and dataset.drawn_wrong < SAMPLE_SIZE:
        return (
            f"Nothing would show what a candidate forgets: {dataset.heldout_good} good answers are held out, "
            f"{MIN_HELDOUT_GOOD} are needed. Let users praise too, or have conversations judged: "
            f"{SAMPLE_SIZE} drawn at random that are all wrong show that there is nothing to lose.{why}"
        )
    return None


_FEW_QUESTIONS = (
    " Most failures ask the same few questions, each of which counts once: waiting may bring no others. "
    "A rule or an example may answer them: `upspiral agents revise`."
)


def _repeats_few_questions(dataset: Dataset) -> bool:
    """Say whether most failures are the same questions again, such as clicks on the buttons of a menu."""
    return dataset.dropped.get(SAME_QUESTION, 0) > 4 * max(1, dataset.train + dataset.heldout)


def _describe_dropped(dataset: Dataset) -> str:
    if not dataset.dropped:
        return ""
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(dataset.dropped.items()))
    if WAITS_FOR_TEACHER in dataset.dropped:
        remedy = 'Give the agent a teacher, or set curate.corrections = "trusted" to teach them as they are.'
        return f" Left out: {reasons}. {remedy}"
    return f" Left out: {reasons}.{_FEW_QUESTIONS if _repeats_few_questions(dataset) else ''}"
