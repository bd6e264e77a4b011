"""What is compared by day has a budget of its own, which a kill leaves as it is and a twin does not share."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from upspiral.admin.agents import ModelSpec, create_agent, revise
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.candidate import Revision
from upspiral.cycle.comparison import LOCKS, compare_versions, get_side, open_day_budget
from upspiral.domain import Cycle, Dataset, EvalReport, Example, ExampleKind, Message, Split
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, DatasetId, ExampleId, InteractionId
from upspiral.domain.night.budget import Budget, ReservationState
from upspiral.evaluate import CaseSet
from upspiral.providers.base import ChatRequest
from upspiral.testing import FakeProvider

AGENT, DATASET = AgentId("shop"), DatasetId("ds_1")
CASES, ANSWER_TOKENS = 6, 10
KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tests.cycle.test_comparison import ask, open_work
from upspiral.app import App
from upspiral.config import load

with App(load(data=Path(sys.argv[1])), nights=False) as app, open_work(app) as work:
    asyncio.run(ask(app, work, "first"))
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def host() -> Iterator[FakeProvider]:
    with FakeProvider() as running:
        yield running


@pytest.fixture
def app(data: Path, host: FakeProvider) -> Iterator[App]:
    """An app whose agent lives on a hosted model."""
    with App(load(data=data), nights=False) as opened:
        create_agent(
            opened.runtime, DEFAULT_WORKSPACE, AGENT, model=ModelSpec("openai-compatible:gpt", host.url)
        )
        yield opened


def open_work(app: App) -> AbstractContextManager[Cycle]:
    """Open the budget of some work, always the same."""
    return open_day_budget(app.runtime, DEFAULT_WORKSPACE, AGENT, "some", "work")


async def ask(app: App, work: Cycle, question: str) -> None:
    """Make one paid call."""
    store = app.runtime.store
    live = store.agent_versions.get(DEFAULT_WORKSPACE, store.agents.get(DEFAULT_WORKSPACE, AGENT).live)
    model = get_side(app.runtime, live, work).model
    assert model
    await model.complete(ChatRequest((Message("user", question),), max_tokens=8), call_id=question)


def _budgets(app: App) -> list[Budget]:
    return app.runtime.store.budgets.list_since(DEFAULT_WORKSPACE, None)


def test_the_same_work_at_the_same_time_has_a_budget_of_its_own(app: App, host: FakeProvider) -> None:
    with open_work(app) as first:
        asyncio.run(ask(app, first, "first"))
        with open_work(app) as second:
            asyncio.run(ask(app, second, "first"))
        asyncio.run(ask(app, first, "second"))  # the other one's end is not its own
        with open_work(app) as third:
            asyncio.run(ask(app, third, "first"))
    assert len({first.id, second.id, third.id}) == 3
    used = {str(one.id): one.used_tokens // ANSWER_TOKENS for one in _budgets(app)}
    assert used == {str(first.id): 2, str(second.id): 1, str(third.id): 1}
    assert len(host.calls) == 4, "a call was counted that was not made, or made and not counted"


def test_work_that_is_over_or_asked_nothing_leaves_no_lock(app: App) -> None:
    with open_work(app) as first:
        assert len(list((app.settings.data / LOCKS).iterdir())) == 1
    with open_work(app) as second:
        asyncio.run(ask(app, second, "first"))
    assert first.id == second.id, "nothing was asked in the first"
    assert list((app.settings.data / LOCKS).iterdir()) == []


@pytest.mark.process
def test_work_that_was_killed_goes_on_with_its_budget_and_pays_no_answer_twice(
    app: App, host: FakeProvider
) -> None:
    words = [sys.executable, "-c", KILLED, str(app.settings.data)]
    assert subprocess.run(words, check=False, timeout=240).returncode == -9
    (left,) = _budgets(app)
    assert not left.closed
    with open_work(app) as again:
        assert again.id == str(left.id)
        asyncio.run(ask(app, again, "first"))
        asyncio.run(ask(app, again, "second"))
    assert len(host.calls) == 2
    assert _budgets(app)[0].used_tokens == 2 * ANSWER_TOKENS


@pytest.mark.long
def test_two_equal_comparisons_at_once_are_both_done_and_both_paid(app: App, host: FakeProvider) -> None:
    host.moods, host._stall_s = ["stall"], 0.02
    reports = _compare_at_once(app, times=2)
    assert [report.overall.n for report in reports] == [CASES, CASES]
    budgets = _budgets(app)
    assert all(one.closed and not one.refused for one in budgets)
    assert sum(one.used_tokens for one in budgets) == ANSWER_TOKENS * len(host.calls)
    calls = [call for one in budgets for call in app.runtime.store.reservations.of(DEFAULT_WORKSPACE, one.id)]
    assert {one.state for one in calls} == {ReservationState.SETTLED}


def _compare_at_once(app: App, *, times: int) -> list[EvalReport]:
    runtime = app.runtime
    agent = runtime.store.agents.get(DEFAULT_WORKSPACE, AGENT)
    live = runtime.store.agent_versions.get(DEFAULT_WORKSPACE, agent.live)
    candidate = revise(runtime, agent, live, Revision(rules=("Be brief.",)))
    runtime.store.datasets.add(_dataset(app))
    runtime.store.examples.add(*map(_example, range(CASES)))
    cases = CaseSet(_dataset(app))

    def compare(_: int) -> EvalReport:
        return asyncio.run(compare_versions(runtime, cases, candidate=candidate, incumbent=live))

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(compare, range(times)))


def _dataset(app: App) -> Dataset:
    return Dataset(
        id=DATASET,
        workspace=DEFAULT_WORKSPACE,
        agent=AGENT,
        at=app.runtime.now(),
        sha256="",
        train=0,
        heldout=CASES,
    )


def _example(number: int) -> Example:
    return Example(
        id=ExampleId(f"ex_{number}"),
        workspace=DEFAULT_WORKSPACE,
        dataset=DATASET,
        interaction=InteractionId(f"int_{number}"),
        conversation=f"c{number}",
        kind=ExampleKind.REWRITE,
        split=Split.HELDOUT,
        messages=(Message("user", f"Where is parcel {number}?"),),
        answer="Here.",
    )
