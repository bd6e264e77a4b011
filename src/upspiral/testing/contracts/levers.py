"""What must a lever keep to? It changes one thing, reads only teaching cases, and drafts the same again."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.levers.base import Declined, Draft, DraftTask, Lever, Waiting
from upspiral.domain import Agent, Cycle, Dataset, Example, ExampleKind, Message, Split
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    CycleId,
    DatasetId,
    ExampleId,
    InteractionId,
)
from upspiral.testing.provider import FakeProvider

CASES = 12
MAX_DRAFT_S = 120.0
SECRET_WORDS = {Split.SELECT: "quartz-select", Split.HELDOUT: "quartz-heldout"}
"""Stand in the cases that no lever may read."""
CHANGES = ("model", "instructions", "examples", "rules", "sampling", "memory")


class LeverContract:
    """The battery for a lever; `make` is what was registered."""

    make: Any
    """Makes a Lever from the parts of a process: a class, or a function within `staticmethod`."""
    teacher_says: str = "- Name the day.\n<instructions>Name the day.</instructions>"
    """What the agent's teacher answers to everything."""
    settings: ClassVar[dict[str, Any]] = {}
    """Those that the lever needs, by section."""

    @pytest.fixture
    def provider(self) -> Iterator[FakeProvider]:
        """Give the endpoint of the agent's model and of its teacher."""
        with FakeProvider(lambda _asked: self.teacher_says) as opened:
            yield opened

    @pytest.fixture
    def app(self, tmp_path: Path) -> Iterator[App]:
        """Give an installation with one workspace."""
        with App(load(data=tmp_path / "data", **self.settings)) as opened:
            yield opened

    @pytest.fixture
    def lever(self, app: App) -> Lever:
        """Make the lever."""
        made: Lever = type(self).make(app.runtime)
        return made

    @pytest.fixture
    def task(self, app: App, provider: FakeProvider) -> DraftTask:
        """Give the task of a night: an agent, and cases to learn from, to choose by and to prove it with."""
        agent = self.make_agent(app, provider)
        live = app.runtime.store.agent_versions.get(DEFAULT_WORKSPACE, agent.live)
        now = app.runtime.now()
        dataset = Dataset(
            id=DatasetId("ds_contract"),
            workspace=DEFAULT_WORKSPACE,
            agent=agent.id,
            at=now,
            sha256="0" * 64,
            train=CASES,
            selection=CASES,
            heldout=CASES,
        )
        cycle = Cycle(
            id=CycleId("cyc_contract"),
            workspace=DEFAULT_WORKSPACE,
            agent=agent.id,
            started=now,
            since=now,
            until=now,
            dataset=dataset.id,
        )
        store = app.runtime.store
        store.datasets.insert_ignore(dataset)
        store.cycles.insert_ignore(cycle)
        store.examples.insert_ignore(*(_case(split, n) for split in Split for n in range(CASES)))
        return DraftTask(cycle=cycle, agent=agent, live=live, dataset=dataset, now=now)

    def make_agent(self, app: App, provider: FakeProvider) -> Agent:
        """Make the agent that is to be helped, with a hosted model and a teacher."""
        return create_agent(
            app.runtime,
            DEFAULT_WORKSPACE,
            AgentId("support"),
            model=ModelSpec("openai-compatible:hosted", provider.url),
            teacher=ModelSpec("openai-compatible:teacher", provider.url),
            instructions="You help customers of a shop.",
        )

    def test_it_says_what_stands_in_its_way_without_asking_anybody(
        self, lever: Lever, task: DraftTask, provider: FakeProvider
    ) -> None:
        """Ask before anything is paid for."""
        found = lever.find_obstacle(task.agent)
        assert found is None or found.strip()
        cost = lever.estimate(task)
        assert cost.tokens >= 0
        assert cost.seconds >= 0
        assert cost.usd is None or cost.usd >= 0
        assert provider.calls == []

    def test_a_draft_differs_in_one_respect_and_is_the_same_again(
        self, lever: Lever, task: DraftTask
    ) -> None:
        """Draft twice, as a night that was killed."""
        drafted, again = self.draft(lever, task), self.draft(lever, task)
        assert drafted == again
        assert isinstance(drafted, Draft), drafted
        assert drafted.summary.strip()
        before, after = msgspec.structs.asdict(task.live), msgspec.structs.asdict(drafted.version)
        changed = [name for name in CHANGES if before.get(name) != after.get(name)]
        assert len(changed) == 1, f"it changed {changed}"
        assert (drafted.version.workspace, drafted.version.agent) == (DEFAULT_WORKSPACE, task.agent.id)

    def test_nobody_sees_the_cases_by_which_drafts_are_chosen_and_proven(
        self, lever: Lever, task: DraftTask, provider: FakeProvider
    ) -> None:
        """Look for their words in all that was sent and drafted."""
        drafted = self.draft(lever, task)
        seen = f"{provider.bodies} {drafted}"
        for split, word in SECRET_WORDS.items():
            assert word not in seen, f"it read a case of {split}"

    def draft(self, lever: Lever, task: DraftTask) -> Draft | Declined:
        """Ask until the draft is there."""
        deadline = time.monotonic() + MAX_DRAFT_S
        while isinstance(said := asyncio.run(lever.draft(task)), Waiting):
            assert time.monotonic() < deadline, f"it waits for {said.note}"
            time.sleep(0.2)
        return said


def _case(split: Split, n: int) -> Example:
    word = SECRET_WORDS.get(split, "parcel")
    return Example(
        id=ExampleId(f"ex_{split}_{n}"),
        workspace=DEFAULT_WORKSPACE,
        dataset=DatasetId("ds_contract"),
        interaction=InteractionId(f"int_{split}_{n}"),
        conversation=f"{split}-{n}",
        kind=ExampleKind.REWRITE,
        split=split,
        messages=(Message("user", f"When does {word} number {n} come?"),),
        answer=f"The {word} comes on day {n}.",
        slice="deliveries",
    )
