"""The gate, on pairs whose truth is planted."""

from collections.abc import Sequence

import numpy as np
import pytest
from tests.evaluate.paired import Row, make_pairs, make_report

from upspiral.domain.dataset import MIN_HELDOUT_GOOD
from upspiral.domain.judgment.random_sample import SAMPLE_SIZE
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.gate import judge

SETTINGS = EvaluateSettings()


def _failing(
    rows: Sequence[Row], history: tuple[bool, ...] = (), *, drawn_wrong: int = SAMPLE_SIZE
) -> list[str]:
    """Name the checks that fail; by default it is shown that there are no good answers to lose."""
    checks, _, _ = judge(
        make_report(make_pairs(rows)), history=history, settings=SETTINGS, drawn_wrong=drawn_wrong
    )
    return [check.name for check in checks if not check.passed]


def test_a_clear_gain_that_harms_nobody_passes() -> None:
    assert _failing([(True, False, "parcels")] * 40 + [(True, True, "good returns")] * 60) == []


def test_what_is_forgotten_a_little_everywhere_is_refused_although_much_is_learnt() -> None:
    learnt = [(True, False, f"new {n % 40}") for n in range(300)]
    kept = [(True, True, f"good {n % 40}") for n in range(140)]
    forgotten = [(False, True, f"good {n % 40}") for n in range(40)]
    assert _failing([*learnt, *kept]) == []
    assert _failing([*learnt, *kept, *forgotten]) == ["no slice harmed: what went well before"]


def test_the_few_answers_that_feedback_called_good_by_mistake_may_change() -> None:
    learnt = [(True, False, f"new {n % 40}") for n in range(60)]
    kept = [(True, True, f"good {n % 40}") for n in range(108)]
    mended = [(False, True, f"good {n % 40}") for n in range(6)]
    assert _failing([*learnt, *kept, *mended]) == []


def test_harm_to_one_slice_is_refused_by_its_name_although_the_whole_gains() -> None:
    rows = [(True, False, "parcels")] * 60 + [(False, True, "returns")] * 12 + [(True, True, "returns")] * 4
    assert _failing(rows) == ["no slice harmed: returns"]


def test_a_gate_without_good_answers_to_lose_says_so_and_does_not_pass() -> None:
    rows = [(True, False, "parcels")] * 60
    assert _failing(rows, drawn_wrong=0) == ["good answers to lose"]
    assert _failing(rows, drawn_wrong=SAMPLE_SIZE - 1) == ["good answers to lose"]
    assert _failing(rows, drawn_wrong=SAMPLE_SIZE) == []


def test_good_answers_that_nobody_could_answer_again_are_no_evidence() -> None:
    rows = [(True, False, "parcels")] * 400 + [(None, True, "good returns")] * 12
    assert _failing(rows, drawn_wrong=0) == ["good answers to lose"]
    few = [(True, False, "parcels")] * 60 + [(True, True, "good returns")] * (MIN_HELDOUT_GOOD - 1)
    assert _failing(few, drawn_wrong=0) == ["good answers to lose"]
    assert _failing([*few, (True, True, "good returns")], drawn_wrong=0) == []


def test_no_difference_is_no_gain() -> None:
    assert "gain" in _failing([(True, True, "a")] * 200)


def test_too_few_pairs_are_no_evidence() -> None:
    assert "enough evidence" in _failing([(True, False, "a")] * 9)


def test_cases_that_went_unanswered_hold_the_gate() -> None:
    rows = [*[(True, False, "a")] * 50, *[(None, True, "a")] * 5]
    assert _failing(rows) == ["few voids"]


def test_nothing_at_all_never_passes() -> None:
    assert {"enough evidence", "few voids", "gain"} <= set(_failing([]))


@pytest.mark.long
def test_useless_candidates_pass_in_at_most_alpha_of_ninety_nights() -> None:
    rng, passed = np.random.default_rng(0), 0
    for _ in range(100):
        history: list[bool] = []
        while len(history) < 90 and not any(history):
            draws = rng.random((200, 2)) < 0.1
            rows = [
                (bool(old ^ flip), bool(old), "rest")
                for old, flip in zip(rng.random(200) < 0.7, draws[:, 0], strict=True)
            ]
            history.append(not _failing([*rows], tuple(history)))
        passed += any(history)
    assert passed <= 9
