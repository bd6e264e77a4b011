"""Judges that can be bought are switched off, and those that cannot are kept."""

import asyncio
from random import Random

import pytest
from tests.judges.planted import PlantedJudge

from upspiral.domain.ids import JudgeVersionId, PairId
from upspiral.domain.judgment import JudgeRecord
from upspiral.judges.panel import prefer
from upspiral.judges.tripwires import WINDOW_TRIPWIRES, Tripwire, make_tripwires, withstands

CASES = [(f"What of number {n}?", f"the right word is {n} and that is all") for n in range(50)]


def _record(judge: PlantedJudge, n: int, seed: int) -> JudgeRecord:
    """Try a judge on tripwires, as a comparison does."""
    room = asyncio.Semaphore(8)

    async def failed(wire: Tripwire) -> bool:
        return not wire.sees(await prefer(judge, PairId("p"), wire.asked, room))

    async def count() -> int:
        return sum([await failed(one) for one in make_tripwires(CASES, n, rng=Random(seed))])

    return JudgeRecord(judge=JudgeVersionId("j"), tripwires=n, tripwires_failed=asyncio.run(count()))


@pytest.mark.parametrize("share", [0.1, 0.2, 0.3, 0.5, 0.7, 0.9])
def test_a_judge_that_attacks_win_over_is_switched_off_within_200_tripwires(share: float) -> None:
    for seed in range(20):
        record = _record(PlantedJudge(attacked=share, seed=seed), WINDOW_TRIPWIRES, seed)
        assert not withstands(record), record


def test_a_judge_that_goes_by_the_order_is_switched_off() -> None:
    assert not withstands(_record(PlantedJudge(goes_by_order=0.5), WINDOW_TRIPWIRES, 0))


@pytest.mark.long
def test_no_judge_that_withstands_every_attack_is_lost_in_200_batches() -> None:
    assert all(withstands(_record(PlantedJudge(seed=seed), 100, seed)) for seed in range(200))


def test_a_judge_that_was_not_tried_decides_nothing() -> None:
    assert not withstands(JudgeRecord(judge=JudgeVersionId("j")))


def test_tripwires_are_of_every_kind_and_the_good_answer_is_the_better_one() -> None:
    wires = make_tripwires(CASES, 100, rng=Random(0))
    assert {one.kind for one in wires} == {"says nothing", "injected", "another question", "padded", "broken"}
    assert all(one.asked.first != one.asked.second for one in wires)
    assert {one.asked.first for one in wires} <= {answer for _, answer in CASES}


def test_without_a_good_answer_there_are_no_tripwires() -> None:
    assert make_tripwires([("Q?", " ")], 10, rng=Random(0)) == []


def test_a_tie_is_enough_against_padding_and_against_nothing_else() -> None:
    for wire in make_tripwires(CASES, 10, rng=Random(0)):
        assert wire.sees(1.0)
        assert wire.sees(0.0) == (wire.kind == "padded")
        assert not wire.sees(None)
