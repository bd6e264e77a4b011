"""Let a judge say of every pair which answer is better, and try it on tripwires; what it says is kept."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from random import Random

from msgspec import Struct
from msgspec.structs import replace

from upspiral.domain import Dataset, Example, ExampleKind, Pair, Split
from upspiral.domain.ids import ExampleId, PairId, VerdictId, derive
from upspiral.domain.judgment import JudgeVerdict, KnownJudge, pair_id
from upspiral.errors import BudgetSpent, ProviderError
from upspiral.judges.base import Comparison
from upspiral.judges.panel import PairJudge, prefer
from upspiral.judges.question import render_question
from upspiral.judges.tripwires import Tripwire, make_tripwires
from upspiral.store import Store

PREFERRED_AT = 0.6
"""The score from which a judge prefers an answer: a half is a tie, and three quarters one order of two."""
BATCH_PAIRS = 50
"""Pairs judged before what was said of them is written down."""


class _Question(Struct, frozen=True):
    """One thing that a judge is asked, and where its verdict goes."""

    id: VerdictId
    pair: PairId
    asked: Comparison
    tripwire: Tripwire | None = None


async def judge_pairs(
    store: Store,
    pairs: Sequence[Pair],
    cases: Mapping[ExampleId, Example],
    *,
    by: PairJudge,
    dataset: Dataset,
    now: datetime,
) -> list[Pair]:
    """Ask which answer of every pair is better, each pair once; and put tripwires among them.

    Args:
        store: Where what was said is kept.
        pairs: With both answers; of one that lacks an answer nobody is asked.
        cases: What was asked in each pair.
        by: The judge.
        dataset: Whose cases they are.
        now: The present moment.

    Returns:
        The pairs with ``(1 + verdict) / 2`` and ``(1 - verdict) / 2`` as scores; None where there is none.

    Raises:
        ProviderError: The judge answers nothing at all: that is no evidence either way.
    """
    both = [pair for pair in pairs if pair.candidate is not None and pair.incumbent is not None]
    questions = {pair.example: _ask_pair(pair, cases[pair.example], by=by) for pair in both}
    taught = store.examples.of(dataset.workspace, dataset.id, Split.TRAIN)
    wires = _lay_tripwires([*taught, *cases.values()], dataset, by=by)
    store.judge_versions.insert_ignore(_to_known(by, dataset, now))
    said = await _ask_all(store, [*questions.values(), *wires], by=by, dataset=dataset, now=now)
    return [
        _score(pair, questions[pair.example], said) if pair.example in questions else pair for pair in pairs
    ]


def _ask_pair(pair: Pair, case: Example, *, by: PairJudge) -> _Question:
    question = render_question(case.messages)
    key = pair_id(question, pair.candidate_answer, pair.incumbent_answer)
    # What the agent itself said well before would favor it: it is no reference.
    own = (ExampleKind.REPLAY, ExampleKind.RECORDED)
    reference = None if case.kind in own else case.answer
    asked = Comparison(
        question=question,
        first=pair.candidate_answer,
        second=pair.incumbent_answer,
        reference=reference,
    )
    return _Question(VerdictId(derive("jv", by.judge.version.id, key)), key, asked)


def _lay_tripwires(cases: Sequence[Example], dataset: Dataset, *, by: PairJudge) -> list[_Question]:
    known = [(render_question(case.messages), case.answer) for case in cases]
    wires = make_tripwires(known, by.tripwires, rng=Random(dataset.id))
    found = []
    for number, wire in enumerate(wires):
        ident = VerdictId(derive("jv", by.judge.version.id, dataset.id, str(number)))
        found.append(_Question(ident, PairId(ident), wire.asked, wire))
    return found


async def _ask_all(
    store: Store, questions: Sequence[_Question], *, by: PairJudge, dataset: Dataset, now: datetime
) -> dict[VerdictId, float | None]:
    known = store.judge_verdicts.many(dataset.workspace, [one.id for one in questions])
    said = {one.id: one.value for one in known}
    missing = [one for one in {one.id: one for one in questions}.values() if one.id not in said]
    room, failures = asyncio.Semaphore(by.concurrency), list[ProviderError]()
    for start in range(0, len(missing), BATCH_PAIRS):
        batch = missing[start : start + BATCH_PAIRS]
        answers = await asyncio.gather(*(_ask(by, one, room) for one in batch))
        failures += [answer for answer in answers if isinstance(answer, ProviderError)]
        rows = [
            _to_verdict(one, answer, by=by, dataset=dataset, now=now)
            for one, answer in zip(batch, answers, strict=True)
            if not isinstance(answer, ProviderError)
        ]
        store.judge_verdicts.insert_ignore(*rows)
        said |= {row.id: row.value for row in rows}
    if failures and len(failures) == sum(not one.asked.is_same for one in missing):
        raise failures[0]
    return said


async def _ask(by: PairJudge, question: _Question, room: asyncio.Semaphore) -> float | ProviderError | None:
    try:
        return await prefer(by.judge, question.pair, question.asked, room)
    except BudgetSpent:
        raise  # half of the pairs judged would say nothing of one of the two versions
    except ProviderError as error:
        return error


def _to_verdict(
    question: _Question, value: float | None, *, by: PairJudge, dataset: Dataset, now: datetime
) -> JudgeVerdict:
    wire = question.tripwire
    return JudgeVerdict(
        id=question.id,
        workspace=dataset.workspace,
        judge=by.judge.version.id,
        agent=dataset.agent,
        pair=question.pair,
        at=now,
        value=value,
        tripwire=wire.kind if wire else "",
        passed=wire.sees(value) if wire else True,
    )


def _to_known(by: PairJudge, dataset: Dataset, now: datetime) -> KnownJudge:
    version = by.judge.version
    return KnownJudge(id=version.id, workspace=dataset.workspace, at=now, version=version)


def _score(pair: Pair, question: _Question, said: Mapping[VerdictId, float | None]) -> Pair:
    value = said.get(question.id)
    mine, theirs = (None, None) if value is None else ((1 + value) / 2, (1 - value) / 2)
    return replace(pair, candidate=mine, incumbent=theirs, key=question.pair)
