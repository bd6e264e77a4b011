"""Is a model as good as another? On simulated pairs whose truth is planted."""

import numpy as np
import pytest
from msgspec.structs import replace
from tests.evaluate.paired import Row, make_pairs, make_report

from migration import LOSS, draw_report, measure
from upspiral.domain.ids import JudgeVersionId
from upspiral.domain.judgment import JudgeRecord
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.migration import judge_migration, pairs_for_migration
from upspiral.stats.paired import Noninferiority

SETTINGS = EvaluateSettings()


def test_of_2000_pairs_an_equal_model_passes_and_one_that_is_worse_in_one_slice_does_not() -> None:
    rng = np.random.default_rng(7)
    equal = measure(rng, 2_000, runs=60, discordant=0.08)
    worse = measure(rng, 2_000, runs=60, discordant=0.08, loss=LOSS)
    assert equal.not_worse >= 0.8
    assert equal.worse <= 0.1
    assert worse.not_worse <= 0.05
    assert worse.worse >= 0.9


def test_a_worse_slice_is_named_with_its_loss() -> None:
    rows: list[Row] = [(True, n >= 30, f"topic {n % 8}") for n in range(1_600)]
    rows += [(False, True, "refunds")] * 30 + [(True, True, "refunds")] * 170
    found = judge_migration(make_report(make_pairs(rows)), settings=SETTINGS)
    assert found.outcome is Noninferiority.WORSE
    assert "in slice 'refunds' (-15.0 points on 200 pairs)" in found.reason
    assert "overall" not in found.reason


@pytest.mark.parametrize("n", [20, 60, 200, 600])
def test_too_few_pairs_say_how_many_more_are_needed_and_those_are_about_enough(n: int) -> None:
    rng = np.random.default_rng(n)
    found = judge_migration(draw_report(rng, max(8, n), discordant=0.12), settings=SETTINGS)
    assert found.outcome is Noninferiority.INCONCLUSIVE
    assert found.more_pairs is not None
    needed = pairs_for_migration([1 / 8] * 8, discordant=0.12, settings=SETTINGS)
    assert needed / 3 < n + found.more_pairs < 4 * needed
    assert f"about {found.more_pairs} more" in found.reason


def test_small_slices_are_looked_at_together_and_veto_alone_only_where_surely_worse() -> None:
    even: list[Row] = [(True, True, f"topic {n % 40}") for n in range(800)]
    assert (
        judge_migration(make_report(make_pairs(even)), settings=SETTINGS).outcome is Noninferiority.NOT_WORSE
    )
    harmed = [*even, *[(False, True, "refunds")] * 14, *[(True, True, "refunds")] * 6]
    found = judge_migration(make_report(make_pairs(harmed)), settings=SETTINGS)
    assert found.outcome is Noninferiority.WORSE
    assert "refunds" in found.reason


def test_unanswered_cases_prove_nothing() -> None:
    rows: list[Row] = [(True, True, "topic")] * 900 + [(None, True, "topic")] * 100
    found = judge_migration(make_report(make_pairs(rows)), settings=SETTINGS)
    assert found.outcome is Noninferiority.INCONCLUSIVE
    assert "100 of 1000 cases went unanswered" in found.reason


def test_a_judge_whose_error_nobody_knows_decides_nothing() -> None:
    report = replace(make_report(make_pairs([(True, True, "topic")] * 1_000)), judge=JudgeVersionId("jdg"))
    found = judge_migration(report, settings=SETTINGS, record=JudgeRecord(judge=JudgeVersionId("jdg")))
    assert found.outcome is Noninferiority.INCONCLUSIVE
