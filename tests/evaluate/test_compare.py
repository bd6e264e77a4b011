"""A comparison by a judge grows by what candidates answered to copies of requests."""

import asyncio

import pytest
from tests.conftest import START
from tests.judges.planted import PlantedJudge

from upspiral.domain import Dataset, EvalReport, Example, ExampleKind, Message, Pair, Slice, Split
from upspiral.domain.dataset import RecordedAnswer
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    DatasetId,
    ExampleId,
    InteractionId,
    ReportId,
)
from upspiral.errors import InvalidInput, Unavailable
from upspiral.evaluate import CaseSet
from upspiral.evaluate.compare import extend
from upspiral.evaluate.config import EvaluateSettings
from upspiral.judges.panel import PairJudge
from upspiral.store import Store

AGENT = AgentId("support")


def _dataset(store: Store, name: str, *numbers: int) -> Dataset:
    """Store a dataset of recorded cases, whose ids are its own."""
    made = Dataset(
        id=DatasetId(name),
        workspace=DEFAULT_WORKSPACE,
        agent=AGENT,
        at=START,
        sha256=name,
        train=0,
        heldout=1,
    )
    store.datasets.add(made)
    store.examples.add(
        *(
            Example(
                id=ExampleId(f"{name}_{n}"),
                workspace=DEFAULT_WORKSPACE,
                dataset=made.id,
                interaction=InteractionId(f"int_{n}"),
                conversation=f"c{n}",
                kind=ExampleKind.RECORDED,
                split=Split.HELDOUT,
                messages=(Message("user", f"What is {n}"),),
                answer="",
                recorded=RecordedAnswer(AgentVersionId("av_old"), f"the wrong answer is {n}"),
            )
            for n in numbers
        )
    )
    return made


def _report(store: Store, dataset: Dataset, judge: PlantedJudge) -> EvalReport:
    pair = Pair(
        example=ExampleId("old_0"),
        conversation="c0",
        slice="rest",
        candidate=1.0,
        incumbent=0.0,
        candidate_answer="the right answer is 0",
        incumbent_answer="the wrong answer is 0",
        is_recorded=True,
    )
    every = Slice(
        name="overall", n=1, wins=1, losses=0, candidate_rate=1, incumbent_rate=0, gain_low=0, gain_high=1
    )
    made = EvalReport(
        id=ReportId("rep"),
        workspace=DEFAULT_WORKSPACE,
        agent=AGENT,
        candidate=AgentVersionId("av_2"),
        incumbent=AgentVersionId("av_1"),
        dataset=dataset.id,
        scorer="judge",
        at=START,
        overall=every,
        slices=(),
        void=0,
        pairs=(pair,),
        judge=judge.version.id,
    )
    store.eval_reports.add(made)
    return made


def _extend(store: Store, judge: PlantedJudge, said: dict[int, str]) -> EvalReport:
    report = _report(store, _dataset(store, "old", 0), judge)
    return asyncio.run(
        extend(
            store,
            report,
            {InteractionId(f"int_{n}"): text for n, text in said.items()},
            dataset=_dataset(store, "new", 0, 1, 2, 3),
            by=PairJudge(judge, 20, 4),
            settings=EvaluateSettings(scorer="judge"),
            now=START,
        )
    )


def test_new_pairs_are_judged_beside_the_known_ones_which_are_judged_by_nobody_again(store: Store) -> None:
    judge = PlantedJudge()
    made = _extend(store, judge, {1: "the right answer is 1", 2: "the wrong answer is 2."})
    assert [one.example for one in made.pairs] == ["new_0", "new_1", "new_2"]
    assert [one.preference for one in made.pairs[:2]] == [1.0, 1.0]
    assert (made.overall.n, made.overall.wins, made.dataset) == (3, 2, "new")
    assert len(judge.calls) == 4, "two new pairs, each in both orders, and no tripwire"
    assert store.eval_reports.get(DEFAULT_WORKSPACE, "rep") == made


def test_an_answer_without_words_counts_for_nobody(store: Store) -> None:
    made = _extend(store, PlantedJudge(), {1: ""})
    assert (len(made.pairs), made.void, made.overall.n) == (2, 1, 1)


def test_a_judge_that_is_down_leaves_the_comparison_as_it_was(store: Store) -> None:
    with pytest.raises(Unavailable):
        _extend(store, PlantedJudge(fails=Unavailable("down")), {1: "the right answer is 1"})
    kept = store.eval_reports.get(DEFAULT_WORKSPACE, "rep")
    assert (kept.dataset, len(kept.pairs)) == ("old", 1)


def test_recorded_cases_are_compared_by_a_judge_alone(store: Store) -> None:
    cases = CaseSet(_dataset(store, "new", 1, 2))
    assert len(cases.read(store, is_judged=True)) == 2
    with pytest.raises(InvalidInput, match="no heldout cases"):
        cases.read(store)
