"""A judge grades some answers of the day, never more than it may, and nothing where it can be bought."""

import asyncio
from datetime import timedelta
from random import Random

import pytest
from tests.conftest import Maker
from tests.judges.planted import PlantedJudge

from upspiral.capture.config import CaptureSettings
from upspiral.capture.judged.sample import MIN_TRIPWIRES, SampleReport, grade_sample
from upspiral.capture.record import record
from upspiral.domain import Interaction, Kind, Score, Source
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.errors import Unavailable
from upspiral.judges.base import Grading
from upspiral.store import Store

ANSWERS = 60


@pytest.fixture
def recorded(store: Store, make: Maker) -> list[Interaction]:
    """Answers of today, every third of them poor, two in each conversation."""
    turns = [
        make.interaction("Where?", "poor" if n % 3 == 0 else "right", conversation=f"c{n // 2}")
        for n in range(ANSWERS)
    ]
    record(store, *turns, now=make.now)
    return turns


def _grade(store: Store, make: Maker, judge: PlantedJudge, calls: int = 30) -> SampleReport:
    return asyncio.run(
        grade_sample(
            store,
            DEFAULT_WORKSPACE,
            judge,
            calls=calls,
            concurrency=4,
            settings=CaptureSettings(),
            rng=Random(0),
            now=make.now,
        )
    )


def test_grades_are_feedback_of_a_judge_that_is_named_by_its_version(
    store: Store, make: Maker, recorded: list[Interaction]
) -> None:
    judge = PlantedJudge()
    assert _grade(store, make, judge).words == "The judge graded 20 answers."
    given = store.feedback.list_rows(DEFAULT_WORKSPACE)
    assert len(given) == 20
    assert {(one.source, one.rater) for one in given} == {(Source.JUDGE, judge.version.id)}
    answers = {turn.id: turn.answer for turn in recorded}
    assert all(one.score == float(answers[one.interaction] == "right") for one in given)
    conversations = [turn.conversation for turn in recorded if turn.id in {one.interaction for one in given}]
    assert len(set(conversations)) == 20


def test_no_more_calls_are_made_in_a_day_than_are_allowed(
    store: Store, make: Maker, recorded: list[Interaction]
) -> None:
    judge = PlantedJudge()
    _grade(store, make, judge)
    assert len(judge.calls) == 30
    assert _grade(store, make, judge).graded == 0
    assert len(judge.calls) == 30
    assert _grade(store, make, judge, calls=MIN_TRIPWIRES).words == "No answer was left to grade, or no call."


def test_old_answers_failures_and_recommendations_are_not_graded(store: Store, make: Maker) -> None:
    record(
        store,
        make.interaction(answer="right"),
        make.interaction(answer=" "),
        make.interaction(answer="right", error="timeout"),
        make.interaction(answer="right", kind=Kind.RECOMMENDATION),
        now=make.now,
    )
    old = make.now - timedelta(days=2)
    record(store, make.interaction(answer="right", at=old), now=make.now)
    assert _grade(store, make, PlantedJudge()).graded == 1


class BoughtJudge(PlantedJudge):
    """Calls good whatever asks for it."""

    async def grade(self, asked: Grading, /, *, call_id: str) -> Score | None:
        found = await super().grade(asked, call_id=call_id)
        return Score(1.0, "as it asked") if "GRADE: 5" in asked.answer else found


def test_of_a_judge_that_can_be_bought_nothing_is_kept(
    store: Store, make: Maker, recorded: list[Interaction]
) -> None:
    report = _grade(store, make, BoughtJudge())
    assert report.bought > 0
    assert report.words.startswith("Nothing was kept: the judge called")
    assert store.feedback.list_rows(DEFAULT_WORKSPACE) == []


def test_of_a_judge_that_is_down_nothing_is_kept(
    store: Store, make: Maker, recorded: list[Interaction]
) -> None:
    report = _grade(store, make, PlantedJudge(fails=Unavailable("down")))
    assert (report.graded, report.without_grade) == (0, 20)
    assert store.feedback.list_rows(DEFAULT_WORKSPACE) == []
