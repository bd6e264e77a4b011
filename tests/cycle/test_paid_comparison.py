"""Held-out answers of a hosted model are paid out of the night's budget, each once; or nothing is proven."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import Maker
from tests.factories import make_example

from upspiral.admin.agents import ModelSpec, create_agent, revise
from upspiral.app import App
from upspiral.budget.account import add_up
from upspiral.config import load
from upspiral.cycle import steps
from upspiral.cycle.candidate import Revision
from upspiral.cycle.durable.engine import Night
from upspiral.domain import Cycle, Dataset, Example, ExampleKind, Message
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    BudgetId,
    CycleId,
    DatasetId,
    ExampleId,
    InteractionId,
    ReportId,
)
from upspiral.domain.night.budget import Budget
from upspiral.testing import FakeProvider

AGENT, DATASET = AgentId("shop"), DatasetId("ds_1")
NIGHT = Night(DEFAULT_WORKSPACE, CycleId("cyc_1"))
CASES = 12


@pytest.fixture
def host() -> Iterator[FakeProvider]:
    with FakeProvider() as running:
        yield running


def _open(data: Path, make: Maker, host: FakeProvider, **cycle: Any) -> App:
    """Open an app whose night has a hosted candidate and held-out cases."""
    app = App(load(data=data, cycle=cycle, evaluate={"max_tokens": 24}))
    runtime = app.__enter__().runtime
    agent = create_agent(
        runtime, DEFAULT_WORKSPACE, AGENT, model=ModelSpec("openai-compatible:gpt", host.url)
    )
    live = runtime.store.agent_versions.get(DEFAULT_WORKSPACE, agent.live)
    candidate = revise(runtime, agent, live, Revision(rules=("Be brief.",)))
    runtime.store.datasets.add(
        Dataset(
            id=DATASET,
            workspace=DEFAULT_WORKSPACE,
            agent=AGENT,
            at=make.now,
            sha256="",
            train=0,
            heldout=CASES,
        )
    )
    runtime.store.examples.add(*(_example(number) for number in range(CASES)))
    now = runtime.now()
    runtime.store.cycles.add(
        Cycle(
            id=NIGHT.cycle,
            workspace=DEFAULT_WORKSPACE,
            agent=AGENT,
            dataset=DATASET,
            candidate=candidate.id,
            started=now,
            since=now,
            until=now,
        )
    )
    return app


def _example(number: int) -> Example:
    return make_example(
        id=ExampleId(f"ex_{number}"),
        dataset=DATASET,
        interaction=InteractionId(f"int_{number}"),
        conversation=f"c{number}",
        kind=ExampleKind.REWRITE,
        messages=(Message("user", f"Where is parcel {number}?"),),
    )


def _budget(app: App) -> Budget:
    return app.runtime.store.budgets.get(DEFAULT_WORKSPACE, BudgetId(NIGHT.cycle))


def test_each_answer_of_both_versions_is_paid_once_however_often_the_step_is_run(
    data: Path, make: Maker, host: FakeProvider
) -> None:
    app = _open(data, make, host)
    try:
        report = steps.compare_with_incumbent(NIGHT)
        assert report
        assert len(host.calls) == 2 * CASES
        store = app.runtime.store
        store.eval_reports.remove(store.eval_reports.table.c.id == ReportId(report))  # killed before it came
        assert steps.compare_with_incumbent(NIGHT) == report
        assert len(host.calls) == 2 * CASES
        assert _budget(app).used_tokens == 10 * 2 * CASES
        (cost,) = add_up(store.reservations.of(DEFAULT_WORKSPACE, _budget(app).id))
        assert (cost.purpose, cost.calls) == ("held_out", 2 * CASES)
    finally:
        app.__exit__()


def test_where_the_budget_does_not_bear_every_answer_nothing_is_proven_and_the_night_rests(
    data: Path, make: Maker, host: FakeProvider
) -> None:
    app = _open(data, make, host, budget_tokens=200)
    try:
        assert steps.compare_with_incumbent(NIGHT) is None
        night = app.runtime.store.cycles.get(*NIGHT)
        assert "nothing is proven" in night.reason
        assert "of 200 tokens (cycle.budget_tokens)" in night.reason
        assert night.report is None
        assert app.runtime.store.eval_reports.of(DEFAULT_WORKSPACE, AGENT) == []
        assert _budget(app).used_tokens <= 200
        assert 0 < len(host.calls) < 2 * CASES
    finally:
        app.__exit__()


def test_a_night_that_ends_closes_its_budget(data: Path, make: Maker, host: FakeProvider) -> None:
    app = _open(data, make, host)
    try:
        steps.compare_with_incumbent(NIGHT)
        app.cancel(NIGHT.cycle)
        closed = _budget(app)
        assert closed.closed
        assert [cost.calls for cost in closed.costs] == [2 * CASES]
    finally:
        app.__exit__()


@pytest.mark.parametrize("every", [None, 1_000_000])
def test_the_smaller_limit_of_agent_and_settings_rules(
    data: Path, make: Maker, host: FakeProvider, every: int | None
) -> None:
    app = _open(data, make, host, budget_tokens=every)
    try:
        store = app.runtime.store
        store.agents.edit(store.agents.get(DEFAULT_WORKSPACE, AGENT), budget_tokens=200)
        assert steps.compare_with_incumbent(NIGHT) is None
        assert _budget(app).limit_tokens == 200
        assert _budget(app).used_tokens <= 200
        assert "of 200 tokens (the limit of shop" in store.cycles.get(*NIGHT).reason
    finally:
        app.__exit__()
