"""The search is told what the agent's own model answers, each case once, and no more than was set aside."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cycle.levers.search.shop import BEFORE, GOOD, Shop, draft_task, open_shop

from upspiral.app import App
from upspiral.cycle.comparison import get_side
from upspiral.cycle.levers.proposal import read_material
from upspiral.cycle.levers.search.plan import SearchSize, select_cases
from upspiral.cycle.levers.search.replies import RIGHT, SearchMeans, TeachingReplies
from upspiral.domain import Split
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.night.budget import Purpose

EVERY = range(12)
SIZE = SearchSize(100, 10)


@contextmanager
def _replies(data: Path, shop: Shop, size: SearchSize = SIZE) -> Iterator[tuple[App, TeachingReplies]]:
    with open_shop(data, shop) as app:
        runtime, task = app.runtime, draft_task(app)
        cases = select_cases(runtime.store.examples.of(DEFAULT_WORKSPACE, task.dataset.id, Split.TRAIN))
        means = SearchMeans(
            get_side(runtime, task.live, task.cycle, purpose=Purpose.PROPOSER),
            get_side(runtime, task.live, task.cycle, purpose=Purpose.PROPOSER).model,  # type: ignore[arg-type]
            runtime.scorer(DEFAULT_WORKSPACE, runtime.charge(task.cycle, Purpose.PROPOSER)),
        )
        material = read_material(runtime, task, cases.all)
        yield app, TeachingReplies(runtime, task, means, cases=cases, material=material, size=size)


def test_better_instructions_score_better_and_a_success_is_wholly_right(data: Path) -> None:
    with Shop() as shop, _replies(data, shop) as (_, replies):
        before = asyncio.run(replies.score(BEFORE, EVERY))
        after = asyncio.run(replies.score(GOOD, EVERY))
        assert before is not None
        assert after == [RIGHT] * 12
        assert sum(one == RIGHT for one in before) == 4  # every third number


def test_a_case_is_answered_once_under_the_same_instructions(data: Path) -> None:
    with Shop() as shop, _replies(data, shop) as (_, replies):
        first = asyncio.run(replies.score(BEFORE, [0, 1, 1, 0]))
        assert len(shop.calls) == 2
        assert asyncio.run(replies.score(BEFORE, [1, 0])) == (first or [])[1::-1]
        assert len(shop.calls) == 2


def test_nobody_is_asked_beyond_what_was_set_aside(data: Path) -> None:
    with Shop() as shop, _replies(data, shop, SearchSize(4, 0)) as (_, replies):
        assert asyncio.run(replies.score(BEFORE, range(5)))
        assert asyncio.run(replies.score(GOOD, [0])) is None
        assert asyncio.run(replies.propose(BEFORE, [0])) is None
        assert len(shop.calls) == 5
