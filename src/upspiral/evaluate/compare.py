"""Compare a candidate with the incumbent on held-out cases, and decide: the verbs of this stage."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from upspiral.domain import (
    AgentVersion,
    Dataset,
    EvalReport,
    Example,
    ExampleKind,
    GateDecision,
    Pair,
    Split,
)
from upspiral.domain.ids import CycleId, DecisionId, ReportId, derive
from upspiral.domain.judgment import JudgeRecord
from upspiral.errors import InvalidInput
from upspiral.evaluate.answer import answers
from upspiral.evaluate.config import JUDGE_SCORER, EvaluateSettings
from upspiral.evaluate.gate import judge
from upspiral.evaluate.guard import apply_guards
from upspiral.evaluate.judged import PREFERRED_AT, judge_pairs
from upspiral.evaluate.slices import by_slice, one_each, tally
from upspiral.judges.panel import PairJudge
from upspiral.judges.tripwires import WINDOW_TRIPWIRES
from upspiral.providers.base import ChatModel
from upspiral.scorers import Scorer
from upspiral.store import Store
from upspiral.store.repositories.judges import read_record

Side = tuple[AgentVersion, ChatModel]


async def compare(
    store: Store,
    *,
    candidate: Side,
    incumbent: Side,
    dataset: Dataset,
    scorer: Scorer | PairJudge,
    cycle: CycleId | None,
    settings: EvaluateSettings,
    now: datetime,
) -> EvalReport:
    """Let both answer every held-out case and store what came of it; compared once, however often asked.

    A judge in the place of a scorer says which answer is better; the scores of each pair then add up to 1.

    Raises:
        InvalidInput: The dataset has no held-out cases.
        ProviderError: A version, or the judge, answers nothing at all.
    """
    (new, new_model), (old, old_model) = candidate, incumbent
    name = ReportId(derive("rep", new.id, old.id, dataset.id, cycle or ""))
    known = store.eval_reports.find(dataset.workspace, name)
    if known:
        return known
    cases = store.examples.of(dataset.workspace, dataset.id, Split.HELDOUT)
    if not cases:
        raise InvalidInput(f"Dataset {dataset.id} has no held-out cases.", hint="Curate a larger one.")
    knobs = {"max_tokens": settings.max_tokens, "concurrency": settings.concurrency}
    said = await answers(new, new_model, cases, **knobs)
    said_before = await answers(old, old_model, cases, **knobs)
    by_judge = scorer if isinstance(scorer, PairJudge) else None
    plain = None if isinstance(scorer, PairJudge) else scorer
    pairs = one_each(_pairs(cases, said, said_before, scorer=plain))
    pairs = apply_guards(pairs, {case.id: case for case in cases}, settings.guards)
    if by_judge:
        known_cases = {case.id: case for case in cases}
        pairs = await judge_pairs(store, pairs, known_cases, by=by_judge, dataset=dataset, now=now)
    success_at = plain.success_at if plain else PREFERRED_AT
    report = EvalReport(
        id=name,
        workspace=dataset.workspace,
        agent=dataset.agent,
        cycle=cycle,
        candidate=new.id,
        incumbent=old.id,
        dataset=dataset.id,
        scorer=plain.name if plain else JUDGE_SCORER,
        at=now,
        overall=tally("overall", pairs, success_at=success_at),
        slices=by_slice(pairs, least=settings.slice_least, success_at=success_at),
        void=sum(pair.candidate is None or pair.incumbent is None for pair in pairs),
        pairs=tuple(pairs),
        judge=by_judge.judge.version.id if by_judge else None,
    )
    store.eval_reports.insert_ignore(report)
    return report


def decide(store: Store, report: EvalReport, *, settings: EvaluateSettings, now: datetime) -> GateDecision:
    """Ask the gate and write its decision into the ledger; asked once per report.

    Where a judge compared the answers and may not decide, nothing was tested: such a decision is asked for
    again, and replaced.
    """
    name = DecisionId(derive("dec", report.id))
    known = store.gate_decisions.find(report.workspace, name)
    if known and known.alpha > 0:
        return known
    earlier = store.gate_decisions.of(report.workspace, report.agent)
    dataset = store.datasets.find(report.workspace, report.dataset)
    checks, alpha, p_value = judge(
        report,
        history=[decision.passed for decision in earlier if decision.alpha > 0],
        settings=settings,
        drawn_wrong=dataset.drawn_wrong if dataset else 0,
        record=_read_record(store, report, settings=settings, now=now),
    )
    decision = GateDecision(
        id=name,
        workspace=report.workspace,
        agent=report.agent,
        report=report.id,
        at=now,
        passed=all(check.passed for check in checks),
        alpha=alpha,
        p_value=p_value,
        checks=checks,
    )
    store.gate_decisions.upsert(decision)
    return decision


def _read_record(
    store: Store, report: EvalReport, *, settings: EvaluateSettings, now: datetime
) -> JudgeRecord | None:
    if report.judge is None:
        return None
    since = now - timedelta(days=settings.judge_label_days)
    return read_record(
        store.judge_verdicts,
        store.pair_labels.of(report.workspace, report.agent, since=since),
        workspace=report.workspace,
        judge=report.judge,
        tripwires=WINDOW_TRIPWIRES,
    )


def _pairs(
    cases: Sequence[Example], new: Sequence[str | None], old: Sequence[str | None], *, scorer: Scorer | None
) -> list[Pair]:
    """Pair the answers; without a scorer every answer that came has a score of 0."""

    def score(case: Example, answer: str | None) -> float | None:
        if answer is None:
            return None
        if scorer is None:
            return 0.0
        return scorer.score(case.messages[-1].content, case.answer, answer).value

    return [
        Pair(
            example=case.id,
            conversation=case.conversation,
            slice=case.slice,
            candidate=score(case, mine),
            incumbent=score(case, theirs),
            candidate_answer=mine or "",
            incumbent_answer=theirs or "",
            went_well=case.kind == ExampleKind.REPLAY,
        )
        for case, mine, theirs in zip(cases, new, old, strict=True)
    ]
