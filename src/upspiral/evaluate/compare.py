"""Compare a candidate with the incumbent on held-out cases, and decide: the verbs of this stage."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

from msgspec import Struct

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
from upspiral.domain.prompting import Recall
from upspiral.errors import InvalidInput
from upspiral.evaluate.answer import answers
from upspiral.evaluate.config import EvaluateSettings
from upspiral.evaluate.gate import judge
from upspiral.evaluate.slices import by_slice, one_each, tally
from upspiral.providers.base import ChatModel
from upspiral.scorers import Scorer
from upspiral.store import Store


class Side(NamedTuple):
    """One of the two that are compared."""

    version: AgentVersion
    model: ChatModel
    recall: Recall | None = None
    """Searches the version's memory, where it has one."""


class CaseSet(Struct, frozen=True):
    """On which cases two versions are compared."""

    dataset: Dataset
    split: Split = Split.HELDOUT

    def read(self, store: Store) -> list[Example]:
        """Read them.

        Raises:
            InvalidInput: There are none.
        """
        found = store.examples.of(self.dataset.workspace, self.dataset.id, self.split)
        if not found:
            raise InvalidInput(
                f"Dataset {self.dataset.id} has no {self.split} cases.", hint="Curate a larger one."
            )
        return found


async def compare(
    store: Store,
    *,
    candidate: Side,
    incumbent: Side,
    cases: CaseSet,
    scorer: Scorer,
    cycle: CycleId | None,
    settings: EvaluateSettings,
    now: datetime,
) -> EvalReport:
    """Let both answer every case and store what came of it; compared once, however often asked.

    What the incumbent answered to the same cases of the same night is not asked again.

    Raises:
        InvalidInput: There are no such cases.
    """
    new, old = candidate.version, incumbent.version
    dataset, split = cases.dataset, cases.split
    about = (cycle or "",) if split is Split.HELDOUT else (cycle or "", split)
    name = ReportId(derive("rep", new.id, old.id, dataset.id, *about))
    known = store.eval_reports.find(dataset.workspace, name)
    if known:
        return known
    examples = cases.read(store)
    ask = partial(answers, max_tokens=settings.max_tokens, concurrency=settings.concurrency)
    said = await ask(new, candidate.model, examples, recall=candidate.recall)
    said_before = _find_answers(store, cases, examples, incumbent=old, cycle=cycle)
    if said_before is None:
        said_before = await ask(old, incumbent.model, examples, recall=incumbent.recall)
    pairs = one_each(_pairs(examples, said, said_before, scorer=scorer))
    report = EvalReport(
        id=name,
        workspace=dataset.workspace,
        agent=dataset.agent,
        cycle=cycle,
        candidate=new.id,
        incumbent=old.id,
        dataset=dataset.id,
        split=split,
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


def _find_answers(
    store: Store,
    cases: CaseSet,
    examples: Sequence[Example],
    *,
    incumbent: AgentVersion,
    cycle: CycleId | None,
) -> list[str | None] | None:
    """Find what the incumbent answered in an earlier comparison of the night; None where it was not asked."""
    wanted, dataset = (cycle, incumbent.id, cases.split), cases.dataset
    for report in store.eval_reports.of_dataset(dataset.workspace, dataset.id) if cycle else ():
        known = {p.example: None if p.incumbent is None else p.incumbent_answer for p in report.pairs}
        if (report.cycle, report.incumbent, report.split) == wanted:
            return [known.get(example.id) for example in examples]  # of a conversation its first case counts
    return None


def _pairs(
    cases: Sequence[Example], new: Sequence[str | None], old: Sequence[str | None], *, scorer: Scorer
) -> list[Pair]:
    def score(case: Example, answer: str | None) -> float | None:
        if answer is None:
            return None
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
