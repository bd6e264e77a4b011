"""A judge is asked in both orders."""

import asyncio

from tests.judges.planted import PlantedJudge

from upspiral.domain.ids import PairId
from upspiral.judges.base import Comparison, Judge
from upspiral.judges.panel import prefer


def _prefer(judge: Judge, first: str, second: str) -> float | None:
    asked = Comparison(question="Q?", first=first, second=second)
    return asyncio.run(prefer(judge, PairId("p"), asked, asyncio.Semaphore(2)))


def test_the_better_answer_wins_wherever_it_stands() -> None:
    assert _prefer(PlantedJudge(), "right", "wrong") == 1
    assert _prefer(PlantedJudge(), "wrong", "right") == -1


def test_a_judge_that_takes_the_first_prefers_nothing() -> None:
    assert _prefer(PlantedJudge(goes_by_order=1.0), "right", "wrong") == 0


def test_the_same_texts_are_a_tie_and_cost_nothing() -> None:
    judge = PlantedJudge()
    assert _prefer(judge, "right", " right\n") == 0
    assert judge.calls == []


def test_the_two_orders_are_two_calls_with_ids_of_their_own() -> None:
    judge = PlantedJudge()
    _prefer(judge, "right", "wrong")
    assert len(set(judge.calls)) == 2
