"""What did people say of each Interaction? The truth that implicit signals are checked against (pure)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from upspiral.capture.config import CaptureSettings
from upspiral.capture.outcome import verdict
from upspiral.domain import Judgement, VoteWeight
from upspiral.domain.feedback import PEOPLE
from upspiral.domain.ids import InteractionId


def judge_by_people(
    words: Iterable[Judgement], weights: Mapping[str, VoteWeight], settings: CaptureSettings
) -> dict[InteractionId, bool]:
    """Say of each Interaction that people rated whether it was good; left out where they are in doubt.

    Args:
        words: All feedback, oldest first.
        weights: By rater key, what each person's word weighs.
        settings: The two thresholds.
    """
    about: dict[InteractionId, list[Judgement]] = defaultdict(list)
    for word in words:
        if word.source in PEOPLE:
            about[word.interaction].append(word)
    found = {}
    for ident, given in about.items():
        answer = next((word.answer for word in given if word.answer), "")
        score, _ = verdict(given, answer=answer, error=None, weights=weights)
        if score is not None and (score >= settings.success_at or score < settings.failure_below):
            found[ident] = score >= settings.success_at
    return found
