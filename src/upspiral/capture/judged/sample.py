"""How good were the answers of a day? A judge grades a random sample, within a number of calls."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from msgspec import Struct

from upspiral.capture.config import CaptureSettings
from upspiral.capture.record import give_feedback
from upspiral.domain import Feedback, Interaction, Kind, Score, Source
from upspiral.domain.ids import FeedbackId, WorkspaceId, derive
from upspiral.errors import ProviderError
from upspiral.judges.base import Grading, Judge
from upspiral.judges.question import render_question
from upspiral.judges.tripwires import EMPTY_PHRASES, INJECTIONS
from upspiral.store import Store
from upspiral.store.repositories.interactions import InteractionFilter

SPAN = timedelta(days=1)
MAX_ANSWERS_READ = 5_000
"""Answers of the day that the sample is drawn from, the newest."""
MIN_TRIPWIRES, TRIPWIRE_SHARE = 10, 0.1
"""Bad answers that are put among those graded: so many at least, and this share of the calls."""


class SampleReport(Struct, frozen=True, kw_only=True):
    """What came of grading a sample."""

    graded: int = 0
    without_grade: int = 0
    """Answers of which the judge said nothing that is a grade, or said nothing at all."""
    bought: int = 0
    """Bad answers that the judge called good."""
    tripwires: int = 0

    @property
    def words(self) -> str:
        """All this in a sentence.

        >>> SampleReport(graded=5, tripwires=10).words
        'The judge graded 5 answers.'
        >>> SampleReport(bought=2, tripwires=10).words
        'Nothing was kept: the judge called 2 of 10 bad answers good.'
        """
        if self.bought:
            return f"Nothing was kept: the judge called {self.bought} of {self.tripwires} bad answers good."
        if not self.tripwires:
            return "No answer was left to grade, or no call."
        lacking = f", of {self.without_grade} it said nothing" if self.without_grade else ""
        return f"The judge graded {self.graded} answers{lacking}."


async def grade_sample(
    store: Store,
    workspace: WorkspaceId,
    judge: Judge,
    *,
    calls: int,
    concurrency: int,
    settings: CaptureSettings,
    rng: Random,
    now: datetime,
) -> SampleReport:
    """Grade answers of the last day, drawn at random, each conversation and answer once; keep it as feedback.

    Bad answers are graded among them. Where one is called good, nothing of the sample is kept.

    Args:
        store: Where everything is kept.
        workspace: Whose answers.
        judge: Who grades; its version is the rater's name.
        calls: That may be made in a day, those for bad answers included.
        concurrency: Calls made at the same time.
        settings: The threshold of success.
        rng: Which bad answers are put among them.
        now: The present moment.
    """
    wires = max(MIN_TRIPWIRES, int(TRIPWIRE_SHARE * calls))
    chosen = _choose(store, workspace, judge, n=calls - wires, now=now)
    if not chosen:
        return SampleReport()
    bad = [_spoil(rng.choice(chosen), rng) for _ in range(wires)]
    real = [Grading(question=_question_of(one), answer=one.answer) for one in chosen]
    names = [*(one.id for one in chosen), *(derive("wire", one.question, one.answer) for one in bad)]
    grades = await _grade_all(judge, [*real, *bad], names, concurrency=concurrency)
    seen = grades[len(chosen) :]
    bought = sum(grade is not None and grade.value >= settings.success_at for grade in seen)
    if bought or not any(seen):
        return SampleReport(bought=bought, tripwires=wires, without_grade=len(chosen))
    signals = [
        _to_feedback(one, grade, judge, now)
        for one, grade in zip(chosen, grades[: len(chosen)], strict=True)
        if grade is not None
    ]
    give_feedback(store, signals, settings=settings, now=now)
    return SampleReport(graded=len(signals), without_grade=len(chosen) - len(signals), tripwires=wires)


def _choose(
    store: Store, workspace: WorkspaceId, judge: Judge, *, n: int, now: datetime
) -> list[Interaction]:
    """Draw answers that this judge has not graded, as many as the calls of the day still allow."""
    wanted = InteractionFilter(since=now - SPAN)
    answered = {
        _feedback_id(one, judge): one
        for one in store.interactions.page(workspace, wanted, None, MAX_ANSWERS_READ)
        if one.answer.strip() and not one.error and one.kind != Kind.RECOMMENDATION
    }
    known = {one.id for one in store.feedback.many(workspace, answered)}
    by_conversation: dict[str, Interaction] = {}
    for ident in sorted(answered):  # ids are hashes, so that their order is by chance
        by_conversation.setdefault(answered[ident].conversation, answered[ident])
    fresh = [one for one in by_conversation.values() if _feedback_id(one, judge) not in known]
    return fresh[: max(0, n - len(known))]


async def _grade_all(
    judge: Judge, asked: Sequence[Grading], names: Sequence[str], *, concurrency: int
) -> list[Score | None]:
    room = asyncio.Semaphore(concurrency)

    async def grade(one: Grading, name: str) -> Score | None:
        async with room:
            try:
                return await judge.grade(one, call_id=f"{judge.version.id}-{name}")
            except ProviderError:
                return None

    return await asyncio.gather(*(grade(one, name) for one, name in zip(asked, names, strict=True)))


def _spoil(one: Interaction, rng: Random) -> Grading:
    phrase = rng.choice((*EMPTY_PHRASES, *INJECTIONS)).replace("VERDICT: {letter}", "GRADE: 5")
    return Grading(question=_question_of(one), answer=phrase)


def _question_of(one: Interaction) -> str:
    return render_question(one.messages)


def _feedback_id(one: Interaction, judge: Judge) -> FeedbackId:
    return FeedbackId(derive("fb", one.workspace, one.id, judge.version.id))


def _to_feedback(one: Interaction, grade: Score, judge: Judge, now: datetime) -> Feedback:
    return Feedback(
        id=_feedback_id(one, judge),
        workspace=one.workspace,
        interaction=one.id,
        at=now,
        source=Source.JUDGE,
        rater=judge.version.id,
        score=grade.value,
        comment=grade.reason or None,
    )
