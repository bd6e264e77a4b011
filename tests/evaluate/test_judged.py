"""Pairs are judged once each, in both orders, with tripwires among them."""

import asyncio

import pytest
from tests.conftest import START, Maker
from tests.factories import make_version
from tests.judges.planted import PlantedJudge

from upspiral.domain import Dataset, Example, ExampleKind, Message, Split
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    DatasetId,
    ExampleId,
    InteractionId,
    JudgeVersionId,
    ModelVersionId,
)
from upspiral.errors import BudgetSpent, Unavailable
from upspiral.evaluate import CaseSet, compare, decide
from upspiral.evaluate.compare import Side
from upspiral.evaluate.config import EvaluateSettings
from upspiral.judges.panel import PairJudge
from upspiral.providers.base import ChatRequest, Completion
from upspiral.store import Store
from upspiral.testing.contracts.judges import ScriptedModel

SETTINGS = EvaluateSettings(scorer="judge")
CASES, TRIPWIRES = 40, 20


class Answering(ScriptedModel):
    """Says the number of the question, and whether the answer is right for even and odd numbers."""

    def __init__(self, name: str, *, even: str, odd: str) -> None:
        super().__init__("", name)
        self._even, self._odd = even, odd

    async def complete(self, request: ChatRequest, *, call_id: str | None = None) -> Completion:
        number = int(request.messages[-1].content.split()[-1])
        return Completion(f"{self._odd if number % 2 else self._even} answer is {number}", self.name)


def _side(name: str, *, even: str = "right", odd: str = "wrong") -> Side:
    version = make_version(id=AgentVersionId(f"ver_{name}"), model=ModelVersionId("m"), sha256=name)
    return Side(version, Answering(name, even=even, odd=odd))


@pytest.fixture
def dataset(store: Store) -> Dataset:
    found = Dataset(
        id=DatasetId("ds"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("support"),
        at=START,
        sha256="",
        train=0,
        heldout=CASES,
    )
    store.datasets.add(found)
    store.examples.add(
        *(
            Example(
                id=ExampleId(f"ex{n}"),
                workspace=DEFAULT_WORKSPACE,
                dataset=found.id,
                interaction=InteractionId(f"int{n}"),
                conversation=f"c{n}",
                kind=ExampleKind.REPLAY if n % 4 == 0 else ExampleKind.CORRECTION,
                split=Split.HELDOUT,
                messages=(Message("user", f"What is {n}"),),
                answer=f"the right answer is {n}",
            )
            for n in range(CASES)
        )
    )
    return found


def _compare(store: Store, dataset: Dataset, judge: PlantedJudge, new: Side, old: Side) -> None:
    asyncio.run(
        compare(
            store,
            candidate=new,
            incumbent=old,
            cases=CaseSet(dataset),
            scorer=PairJudge(judge, TRIPWIRES, 4),
            cycle=None,
            settings=SETTINGS,
            now=START,
        )
    )


def test_a_budget_that_is_spent_amid_the_judging_leaves_no_half_comparison(
    store: Store, dataset: Dataset
) -> None:
    judge = PlantedJudge(fails=BudgetSpent("The budget is used up."))
    with pytest.raises(BudgetSpent):
        _compare(store, dataset, judge, _side("new", odd="right"), _side("old"))
    assert store.eval_reports.of(DEFAULT_WORKSPACE, AgentId("support")) == []
    assert len(judge.calls) < CASES


def test_a_report_says_which_answer_the_judge_prefers_and_who_judged(store: Store, dataset: Dataset) -> None:
    judge = PlantedJudge()
    _compare(store, dataset, judge, _side("new", odd="right"), _side("old"))
    (report,) = store.eval_reports.of(DEFAULT_WORKSPACE, AgentId("support"))
    assert report.scorer == "judge"
    assert report.judge == judge.version.id
    known = store.judge_versions.get(DEFAULT_WORKSPACE, report.judge)
    assert known.version == judge.version
    assert (report.overall.wins, report.overall.losses, report.overall.n) == (CASES // 2, 0, CASES)
    assert {pair.preference for pair in report.pairs} == {0.0, 1.0}


def test_nobody_is_asked_about_the_same_answers_or_twice_about_a_pair(store: Store, dataset: Dataset) -> None:
    judge = PlantedJudge()
    new, old = _side("new", odd="right"), _side("old")
    _compare(store, dataset, judge, new, old)
    assert len(judge.calls) == len(set(judge.calls)) == CASES + 2 * TRIPWIRES
    store.eval_reports.remove()  # the night was killed before the report was written
    asked = len(judge.calls)
    _compare(store, dataset, judge, new, old)
    assert len(judge.calls) == asked


def test_another_version_of_the_judge_is_asked_again(store: Store, dataset: Dataset) -> None:
    sides = _side("new", odd="right"), _side("old")
    _compare(store, dataset, PlantedJudge(), *sides)
    store.eval_reports.remove()
    another = PlantedJudge(seed=1)
    _compare(store, dataset, another, *sides)
    assert len(another.calls) == CASES + 2 * TRIPWIRES


def test_a_judge_that_is_down_ends_the_comparison_with_its_reason(store: Store, dataset: Dataset) -> None:
    judge = PlantedJudge(fails=Unavailable("The judge is down."))
    with pytest.raises(Unavailable, match="judge is down"):
        _compare(store, dataset, judge, _side("new", odd="right"), _side("old"))


def test_the_gate_holds_without_labels_and_spends_nothing(store: Store, dataset: Dataset) -> None:
    _compare(store, dataset, PlantedJudge(), _side("new", odd="right"), _side("old"))
    (report,) = store.eval_reports.of(DEFAULT_WORKSPACE, AgentId("support"))
    decision = decide(store, report, settings=SETTINGS, now=START)
    assert not decision.passed
    assert decision.alpha == 0
    assert "enough labels" in [check.name for check in decision.refusals]


def test_a_judge_that_is_bought_is_seen_by_its_tripwires(store: Store, dataset: Dataset, make: Maker) -> None:
    judge = PlantedJudge(attacked=1.0)
    _compare(store, dataset, judge, _side("new", odd="right"), _side("old"))
    seen = store.judge_verdicts.list_tripwires(DEFAULT_WORKSPACE, JudgeVersionId(judge.version.id), limit=99)
    assert len(seen) == TRIPWIRES
    assert sum(not one.passed for one in seen) > TRIPWIRES / 2
