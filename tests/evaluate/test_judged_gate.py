"""The gate on judged pairs whose truth is planted."""

import numpy as np
import pytest
from tests.conftest import START

from upspiral.domain import EvalReport, Pair
from upspiral.domain.ids import (
    AgentId,
    AgentVersionId,
    DatasetId,
    ExampleId,
    JudgeVersionId,
    PairId,
    ReportId,
    WorkspaceId,
)
from upspiral.domain.judgment import JudgeRecord, LabeledPair
from upspiral.domain.judgment.random_sample import SAMPLE_SIZE
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.gate import judge
from upspiral.evaluate.judged import PREFERRED_AT
from upspiral.evaluate.judged_gate import gather_gain
from upspiral.evaluate.slices import by_slice, tally

SETTINGS = EvaluateSettings(scorer="judge")
JUDGE = JudgeVersionId("jdg")
LIVES = 200


class Planted:
    """A comparison in which a judge favors the candidate, with what people say of every pair."""

    def __init__(self, seed: int, *, gain: float, bias: float, pairs: int = 600, right: float = 0.6) -> None:
        rng = np.random.default_rng(seed)
        chances = [0.35 + gain / 2, 0.3, 0.35 - gain / 2]
        self.labels = rng.choice([1.0, 0.0, -1.0], size=pairs, p=chances)
        noise = rng.choice([1.0, 0.0, -1.0], size=pairs, p=[0.35, 0.3, 0.35])
        verdicts = np.where(rng.random(pairs) < right, self.labels, noise)
        self.verdicts = np.where(rng.random(pairs) < bias, 1.0, verdicts)
        self.keys = [PairId(f"{seed}-{n:04d}") for n in range(pairs)]
        self.id = ReportId(f"rep{seed}")

    def report(self) -> EvalReport:
        pairs = [
            Pair(
                example=ExampleId(key),
                conversation=key,
                slice=f"kind {n % 4}",
                candidate=(1 + float(value)) / 2,
                incumbent=(1 - float(value)) / 2,
                candidate_answer="new",
                incumbent_answer="old",
                key=key,
            )
            for n, (key, value) in enumerate(zip(self.keys, self.verdicts, strict=True))
        ]
        return EvalReport(
            id=self.id,
            workspace=WorkspaceId("default"),
            agent=AgentId("support"),
            candidate=AgentVersionId("new"),
            incumbent=AgentVersionId("old"),
            dataset=DatasetId("ds"),
            scorer="judge",
            at=START,
            overall=tally("overall", pairs, success_at=PREFERRED_AT),
            slices=by_slice(pairs, least=SETTINGS.slice_least, success_at=PREFERRED_AT),
            void=0,
            pairs=tuple(pairs),
            judge=JUDGE,
        )

    def labeled(self, n: int) -> tuple[LabeledPair, ...]:
        return tuple(
            LabeledPair(pair=key, report=self.id, slice="", label=float(y), verdict=float(f), at=START)
            for key, y, f in list(zip(self.keys, self.labels, self.verdicts, strict=True))[:n]
        )


def _record(*labeled: LabeledPair, failed: int = 0, tripwires: int = 100) -> JudgeRecord:
    return JudgeRecord(judge=JUDGE, labeled=labeled, tripwires=tripwires, tripwires_failed=failed)


def _refusals(planted: Planted, record: JudgeRecord) -> tuple[list[str], float]:
    checks, alpha, _ = judge(
        planted.report(), history=(), settings=SETTINGS, drawn_wrong=SAMPLE_SIZE, record=record
    )
    return [check.name for check in checks if not check.passed], alpha


def test_a_gain_that_people_confirm_passes() -> None:
    planted = Planted(0, gain=0.35, bias=0.0, right=0.9)
    refusals, alpha = _refusals(planted, _record(*planted.labeled(300)))
    assert refusals == []
    assert alpha > 0


@pytest.mark.long
@pytest.mark.parametrize("labels", [60, 300])
def test_a_dud_that_the_judge_favors_by_10_points_is_let_out_in_at_most_5_percent(labels: int) -> None:
    passed = 0
    for seed in range(LIVES):
        planted = Planted(seed, gain=0.0, bias=0.10)
        passed += _refusals(planted, _record(*planted.labeled(labels)))[0] == []
    assert passed <= 0.05 * LIVES


def test_labels_of_earlier_comparisons_bound_the_error_of_the_judge_tonight() -> None:
    passed = duds = 0
    for seed in range(40):
        earlier = _record(*Planted(1000 + seed, gain=0.0, bias=0.05).labeled(400))
        better, dud = Planted(seed, gain=0.5, bias=0.05, right=0.9), Planted(seed, gain=0.0, bias=0.05)
        passed += _refusals(better, earlier)[0] == []
        duds += _refusals(dud, earlier)[0] == []
    assert passed >= 30
    assert duds == 0


def test_a_judge_whose_tripwires_fail_decides_nothing_and_spends_nothing() -> None:
    planted = Planted(0, gain=0.35, bias=0.0, right=0.9)
    refused = _refusals(planted, _record(*planted.labeled(300), failed=10))
    assert refused == (["judge sees tripwires"], 0.0)
    assert _refusals(planted, _record(*planted.labeled(300), tripwires=0)) == (["judge sees tripwires"], 0.0)


def test_without_labels_of_people_the_gate_holds_however_sure_the_judge_is() -> None:
    planted = Planted(0, gain=0.6, bias=0.0, right=1.0)
    refusals, alpha = _refusals(planted, _record())
    assert refusals == ["enough labels", "judge agrees with people"]
    assert alpha == 0
    assert "enough labels" in _refusals(planted, _record(*planted.labeled(59)))[0]


def test_a_judge_that_prefers_what_people_do_not_decides_nothing() -> None:
    planted = Planted(0, gain=0.5, bias=0.0, right=0.0)
    assert _refusals(planted, _record(*planted.labeled(300))) == (["judge agrees with people"], 0.0)


def test_a_refusal_names_the_labels_that_would_do() -> None:
    planted = Planted(3, gain=0.08, bias=0.0)
    checks, _, _ = judge(
        planted.report(),
        history=(),
        settings=SETTINGS,
        drawn_wrong=SAMPLE_SIZE,
        record=_record(*planted.labeled(60)),
    )
    (gain,) = (check for check in checks if check.name == "gain")
    assert not gain.passed
    assert "labels show" in gain.detail


def test_harm_to_one_slice_is_refused_although_people_find_the_whole_better() -> None:
    planted = Planted(0, gain=0.5, bias=0.0, right=0.95)
    planted.verdicts[1::4] = planted.labels[1::4] = -1.0
    assert "no slice harmed: kind 1" in _refusals(planted, _record(*planted.labeled(400)))[0]


def test_labels_of_this_comparison_go_before_those_of_earlier_ones() -> None:
    here, before = Planted(1, gain=0, bias=0), Planted(2, gain=0, bias=0)
    record = _record(*here.labeled(80), *before.labeled(500))
    gain = gather_gain(here.report(), record, settings=SETTINGS)
    assert gain.is_own
    assert len(gain.labeled) == 80
    assert len(gain.verdicts) == 520
    few = _record(*here.labeled(10), *before.labeled(500))
    gain = gather_gain(here.report(), few, settings=SETTINGS)
    assert not gain.is_own
    assert len(gain.labeled) == 500
    assert len(gain.verdicts) == 600
