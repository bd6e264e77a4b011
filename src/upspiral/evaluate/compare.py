"""Compare a candidate with the incumbent on held-out cases, and decide: the verbs of this stage."""

from collections.abc import Sequence
from datetime import datetime

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
from upspiral.errors import InvalidInput
from upspiral.evaluate.answer import answers
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.gate import judge
from upspiral.evaluate.replay import Replay, score_replay
from upspiral.evaluate.slices import by_slice, one_each, tally
from upspiral.providers.base import ChatModel
from upspiral.scorers import Scorer
from upspiral.store import Store

Side = tuple[AgentVersion, ChatModel]


async def compare(
    store: Store,
    *,
    candidate: Side,
    incumbent: Side,
    dataset: Dataset,
    scorer: Scorer,
    cycle: CycleId | None,
    settings: EvaluateSettings,
    now: datetime,
) -> EvalReport:
    """Let both answer every held-out case and store what came of it; compared once, however often asked.

    Raises:
        InvalidInput: The dataset has no held-out cases.
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
    pairs = one_each(_pairs(cases, said, said_before, scorer=scorer))
    report = EvalReport(
        id=name,
        workspace=dataset.workspace,
        agent=dataset.agent,
        cycle=cycle,
        candidate=new.id,
        incumbent=old.id,
        dataset=dataset.id,
        scorer=scorer.name,
        at=now,
        overall=tally("overall", pairs, success_at=scorer.success_at),
        slices=by_slice(pairs, least=settings.slice_least, success_at=scorer.success_at),
        void=sum(pair.candidate is None or pair.incumbent is None for pair in pairs),
        pairs=tuple(pairs),
    )
    store.eval_reports.insert_ignore(report)
    return report


def decide(store: Store, report: EvalReport, *, settings: EvaluateSettings, now: datetime) -> GateDecision:
    """Ask the gate and write its decision into the ledger; asked once per report."""
    name = DecisionId(derive("dec", report.id))
    known = store.gate_decisions.find(report.workspace, name)
    if known:
        return known
    history = [decision.passed for decision in store.gate_decisions.of(report.workspace, report.agent)]
    dataset = store.datasets.find(report.workspace, report.dataset)
    checks, alpha, p_value = judge(
        report, history=history, settings=settings, drawn_wrong=dataset.drawn_wrong if dataset else 0
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
    store.gate_decisions.insert_ignore(decision)
    return decision


def _pairs(
    cases: Sequence[Example], new: Sequence[Replay | None], old: Sequence[Replay | None], *, scorer: Scorer
) -> list[Pair]:
    def score(case: Example, replay: Replay | None) -> float | None:
        return None if replay is None else score_replay(case, replay, scorer=scorer).value

    return [
        Pair(
            example=case.id,
            conversation=case.conversation,
            slice=case.slice,
            candidate=score(case, mine),
            incumbent=score(case, theirs),
            candidate_answer=mine.said if mine else "",
            incumbent_answer=theirs.said if theirs else "",
            went_well=case.kind == ExampleKind.REPLAY,
        )
        for case, mine, theirs in zip(cases, new, old, strict=True)
    ]
