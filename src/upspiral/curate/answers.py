"""What is the right answer to one failed question? A correction, a rewrite, or a reason for none (pure)."""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from upspiral.curate.config import CurateSettings
from upspiral.curate.select import Case
from upspiral.curate.verify import (
    correction_of,
    find_agreement,
    is_correction_verified,
    needs_teacher,
    says_same,
)
from upspiral.domain import ExampleKind, Feedback, Rewrite
from upspiral.domain.ids import InteractionId
from upspiral.scorers.base import Scorer
from upspiral.scorers.heuristic import Heuristic

WAITS_FOR_TEACHER = "correction waits for a teacher"


def select_unanswered(
    cases: Sequence[Case],
    feedback: Mapping[InteractionId, Sequence[Feedback]],
    *,
    settings: CurateSettings,
) -> list[Case]:
    """Give the cases that have to be put to a teacher."""
    return [
        case
        for case in cases
        if needs_teacher(
            correction_of(feedback.get(case.interaction.id, ())), corrections=settings.corrections
        )
    ]


def choose_answer(
    case: Case,
    feedback: Sequence[Feedback],
    rewrites: Sequence[Rewrite] | None,
    *,
    scorer: Scorer,
    settings: CurateSettings,
) -> Case | str:
    """Give the case with the answer that should be taught, or the reason why there is none.

    Args:
        case: A failure.
        feedback: The signals about it.
        rewrites: What the teacher said; None where there is none.
        scorer: Tells whether two answers say the same.
        settings: How far users' corrections are trusted.
    """
    question, correction = case.interaction.question, correction_of(feedback)
    if correction and settings.corrections != "ignored":
        trusted = not needs_teacher(correction, corrections=settings.corrections)
        if trusted or is_correction_verified(question, correction, rewrites or (), scorer=scorer):
            said = correction.correction or ""
            return _to_taught(case, said, kind=ExampleKind.CORRECTION, source=correction.rater, scorer=scorer)
    rewrite = find_agreement(question, rewrites or (), scorer=scorer)
    if rewrite is not None and rewrite.answer:
        if _quality(case, rewrite.answer) < settings.min_quality:
            return "quality below curate.min_quality"
        return _to_taught(
            case, rewrite.answer, kind=ExampleKind.REWRITE, source=rewrite.teacher, scorer=scorer
        )
    if rewrites is None:
        return WAITS_FOR_TEACHER if correction else "no teacher"
    if not rewrites:
        return "not asked: none of the teacher's first answers could be taught"
    if any(rewrite.answer for rewrite in rewrites):
        return "teacher disagrees with itself"
    why = Counter(rewrite.unusable for rewrite in rewrites if rewrite.unusable)
    return f"teacher: {why.most_common(1)[0][0]}" if why else "teacher failed"


def _quality(case: Case, answer: str) -> float:
    return Heuristic().score(case.interaction.question, case.interaction.answer, answer).value


def _to_taught(case: Case, answer: str, *, kind: ExampleKind, source: str, scorer: Scorer) -> Case | str:
    failed = case.interaction.answer
    if failed.strip() and says_same(case.interaction.question, failed, answer, scorer=scorer):
        return "no better than the failed answer"
    return msgspec.structs.replace(case, answer=answer.strip(), kind=kind, source=source)
