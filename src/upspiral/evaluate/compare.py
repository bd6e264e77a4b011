"""Compare a candidate with the incumbent on held-out cases, and decide: the verbs of this stage."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

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
from upspiral.domain.ids import (
    CycleId,
    DecisionId,
    ExampleId,
    InteractionId,
    JudgeVersionId,
    ReportId,
    derive,
)
from upspiral.domain.judgment import JudgeRecord
from upspiral.domain.prompting import Recall
from upspiral.errors import InvalidInput
from upspiral.evaluate.answer import answers
from upspiral.evaluate.config import JUDGE_SCORER, EvaluateSettings
from upspiral.evaluate.gate import judge
from upspiral.evaluate.guard import MadeCalls, apply_guards
from upspiral.evaluate.judged import PREFERRED_AT, judge_pairs
from upspiral.evaluate.replay import Replay, repeat_recorded, score_replay, sum_up_use
from upspiral.evaluate.slices import by_slice, one_each, tally
from upspiral.judges.panel import PairJudge
from upspiral.judges.tripwires import WINDOW_TRIPWIRES
from upspiral.providers.base import ChatModel
from upspiral.scorers import Scorer
from upspiral.store import Store
from upspiral.store.repositories.judges import read_record


class Side(NamedTuple):
    """One of the two that are compared."""

    version: AgentVersion
    model: ChatModel | None
    """None where it can no longer be asked: then the recorded answers of the cases are its own."""
    recall: Recall | None = None
    """Searches the version's memory, where it has one."""


class CaseSet(Struct, frozen=True):
    """On which cases two versions are compared."""

    dataset: Dataset
    split: Split = Split.HELDOUT

    def read(self, store: Store, *, is_judged: bool = False) -> list[Example]:
        """Read them; those of which nobody knows what should be answered only where a judge compares.

        Raises:
            InvalidInput: There are none.
        """
        found = [
            one
            for one in store.examples.of(self.dataset.workspace, self.dataset.id, self.split)
            if is_judged or one.kind is not ExampleKind.RECORDED
        ]
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
    scorer: Scorer | PairJudge,
    cycle: CycleId | None,
    settings: EvaluateSettings,
    now: datetime,
) -> EvalReport:
    """Let both answer every case and store what came of it; compared once, however often asked.

    What the incumbent answered to the same cases of the same night is not asked again.

    A judge in the place of a scorer says which answer is better; the scores of each pair then add up to 1.

    Raises:
        InvalidInput: There are no such cases.
        ProviderError: A version, or the judge, answers nothing at all.
    """
    new, old = candidate.version, incumbent.version
    dataset, split = cases.dataset, cases.split
    about = (cycle or "",) if split is Split.HELDOUT else (cycle or "", split)
    name = ReportId(derive("rep", new.id, old.id, dataset.id, *about))
    known = store.eval_reports.find(dataset.workspace, name)
    if known:
        return known
    examples = cases.read(store, is_judged=isinstance(scorer, PairJudge))
    said = await _ask(candidate, examples, settings)
    said_before = await _answer_before(store, cases, examples, incumbent, cycle=cycle, settings=settings)
    paired = _pairs(examples, said, said_before, scorer=None if isinstance(scorer, PairJudge) else scorer)
    calls = _list_calls(examples, said, said_before)
    guarded = apply_guards(one_each(paired), {e.id: e for e in examples}, settings.guards, calls=calls)
    measured = await _measure(store, guarded, examples, by=scorer, dataset=dataset, now=now)
    pairs, success_at = measured.pairs, measured.success_at
    report = EvalReport(
        id=name,
        workspace=dataset.workspace,
        agent=dataset.agent,
        cycle=cycle,
        candidate=new.id,
        incumbent=old.id,
        dataset=dataset.id,
        split=split,
        scorer=measured.scorer,
        at=now,
        overall=tally("overall", pairs, success_at=success_at),
        slices=by_slice(pairs, least=settings.slice_least, success_at=success_at),
        void=sum(pair.candidate is None or pair.incumbent is None for pair in pairs),
        pairs=tuple(pairs),
        judge=measured.judge,
        candidate_use=sum_up_use(said),
        incumbent_use=sum_up_use(said_before),
    )
    store.eval_reports.insert_ignore(report)
    return report


async def extend(
    store: Store,
    report: EvalReport,
    answers_of: Mapping[InteractionId, str],
    *,
    dataset: Dataset,
    by: PairJudge,
    settings: EvaluateSettings,
    now: datetime,
) -> EvalReport:
    """Add pairs to a comparison by a judge on which nothing was tested yet.

    Args:
        store: Where everything is kept.
        report: The comparison; replaced by the larger one.
        answers_of: What the candidate answered, by Interaction; the incumbent's answers are recorded.
        dataset: Holds the cases of the comparison, and those that are added.
        by: The judge that compared.
        settings: How slices are pooled, and which guards there are.
        now: The present moment.

    Raises:
        ProviderError: The judge answers nothing at all.
    """
    cases = store.examples.of(dataset.workspace, dataset.id, Split.HELDOUT)
    own = {(one.interaction, one.conversation): one.id for one in cases}
    moved = {name: own[key] for name, key in _name_cases(store, report).items() if key in own}
    known = [replace(pair, example=moved[pair.example]) for pair in report.pairs if pair.example in moved]
    new = [case for case in cases if case.interaction in answers_of and case.recorded]
    said = [Replay(messages=case.messages, answer=answers_of[case.interaction] or None) for case in new]
    before = [Replay(messages=case.messages, answer=case.recorded.text) for case in new if case.recorded]
    pairs = _pairs(new, [one if one.answer else None for one in said], before, scorer=None)
    no_more = replace(by, tripwires=0)  # those of the comparison stand for these pairs too
    guarded = apply_guards(pairs, {one.id: one for one in new}, settings.guards, calls={})
    measured = await _measure(store, guarded, new, by=no_more, dataset=dataset, now=now)
    every = [*known, *measured.pairs]
    made = replace(
        report,
        dataset=dataset.id,
        pairs=tuple(every),
        overall=tally("overall", every, success_at=PREFERRED_AT),
        slices=by_slice(every, least=settings.slice_least, success_at=PREFERRED_AT),
        void=sum(pair.candidate is None or pair.incumbent is None for pair in every),
    )
    store.eval_reports.upsert(made)
    return made


def _name_cases(store: Store, report: EvalReport) -> dict[ExampleId, tuple[InteractionId, str]]:
    cases = store.examples.of(report.workspace, report.dataset, Split.HELDOUT)
    return {one.id: (one.interaction, one.conversation) for one in cases}


async def _ask(side: Side, examples: Sequence[Example], settings: EvaluateSettings) -> list[Replay | None]:
    if side.model is None:
        return [repeat_recorded(example) for example in examples]
    limits = {"max_tokens": settings.max_tokens, "concurrency": settings.concurrency}
    return await answers(side.version, side.model, examples, recall=side.recall, **limits)


async def _answer_before(
    store: Store,
    cases: CaseSet,
    examples: Sequence[Example],
    incumbent: Side,
    *,
    cycle: CycleId | None,
    settings: EvaluateSettings,
) -> list[Replay | None]:
    """Give the incumbent's answers: what it answered a user, what it answered tonight, or what it says now.

    A scorer measures by what was answered well before, so that what was answered then is no test of it.
    """
    version = incumbent.version.id
    own: dict[ExampleId, Replay | None] = {
        one.id: Replay(messages=one.messages, answer=one.recorded.text)
        for one in examples
        if settings.is_judged and one.recorded and one.recorded.version == version
    }
    rest = [one for one in examples if one.id not in own]
    said = _find_answers(store, cases, rest, incumbent=incumbent.version, cycle=cycle)
    if said is None:
        said = await _ask(incumbent, rest, settings)
    found = own | {one.id: replay for one, replay in zip(rest, said, strict=True)}
    return [found[one.id] for one in examples]


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
        record=read_judge_record(store, report, settings=settings, now=now),
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


class _Measured(NamedTuple):
    """Scored pairs, one of each conversation, and who scored them."""

    pairs: list[Pair]
    success_at: float
    scorer: str
    judge: JudgeVersionId | None = None


async def _measure(
    store: Store,
    pairs: Sequence[Pair],
    examples: Sequence[Example],
    *,
    by: Scorer | PairJudge,
    dataset: Dataset,
    now: datetime,
) -> _Measured:
    """Let a judge say which answer is better where one is in a scorer's place."""
    if not isinstance(by, PairJudge):
        return _Measured(list(pairs), by.success_at, by.name)
    known = {example.id: example for example in examples}
    judged = await judge_pairs(store, pairs, known, by=by, dataset=dataset, now=now)
    return _Measured(judged, PREFERRED_AT, JUDGE_SCORER, by.judge.version.id)


def _find_answers(
    store: Store,
    cases: CaseSet,
    examples: Sequence[Example],
    *,
    incumbent: AgentVersion,
    cycle: CycleId | None,
) -> list[Replay | None] | None:
    """Find what the incumbent answered in an earlier comparison of the night; None where it has to be asked.

    Reports keep no calls, so that cases with tools are asked again.
    """
    if any(example.options and example.options.tools for example in examples):
        return None
    wanted, dataset = (cycle, incumbent.id, cases.split), cases.dataset
    for report in store.eval_reports.of_dataset(dataset.workspace, dataset.id) if cycle else ():
        # An answer that came counts, also where nothing was said of it.
        known = {
            p.example: None if p.incumbent is None and not p.incumbent_answer else p.incumbent_answer
            for p in report.pairs
        }
        if (report.cycle, report.incumbent, report.split) == wanted:
            said = [(example, known.get(example.id)) for example in examples]  # a conversation's first counts
            return [
                Replay(messages=e.messages, answer=text) if text is not None else None for e, text in said
            ]
    return None


def read_judge_record(
    store: Store, report: EvalReport, *, settings: EvaluateSettings, now: datetime
) -> JudgeRecord | None:
    """Read what is known of the judge that compared the answers; None where a scorer did."""
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


def _list_calls(
    cases: Sequence[Example], new: Sequence[Replay | None], old: Sequence[Replay | None]
) -> MadeCalls:
    """List the tools that both called, round after round, in each case."""
    return {
        case.id: (mine.calls if mine else (), theirs.calls if theirs else ())
        for case, mine, theirs in zip(cases, new, old, strict=True)
    }


def _pairs(
    cases: Sequence[Example],
    new: Sequence[Replay | None],
    old: Sequence[Replay | None],
    *,
    scorer: Scorer | None,
) -> list[Pair]:
    """Pair the answers; without a scorer every answer that came has a score of 0."""

    def score(case: Example, replay: Replay | None) -> float | None:
        if replay is None:
            return None
        return 0.0 if scorer is None else score_replay(case, replay, scorer=scorer).value

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
            is_recorded=case.kind == ExampleKind.RECORDED,
        )
        for case, mine, theirs in zip(cases, new, old, strict=True)
    ]
