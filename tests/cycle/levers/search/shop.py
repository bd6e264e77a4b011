"""A shop whose hosted model answers right once its instructions say how, and the night of its agent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.levers.base import DraftTask
from upspiral.domain import Cycle, Dataset, Example, ExampleKind, Message, Split
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    CycleId,
    DatasetId,
    ExampleId,
    InteractionId,
)
from upspiral.testing.provider import FakeProvider

SUPPORT, DATASET, NIGHT = AgentId("support"), DatasetId("ds_1"), CycleId("cyc_1")
BEFORE = "<keep>Never promise a refund.</keep> You help customers of a shop."
GOOD = f"{BEFORE} Always state the weekday of arrival."
CASES = 12
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


class Shop(FakeProvider):
    """Answers as the agent's model and as its teacher.

    Args:
        proposals: The instructions that the teacher proposes in turn; it begins again after the last.
    """

    def __init__(self, *proposals: str) -> None:
        super().__init__()
        self.proposals = proposals
        self.asked_teacher = 0
        self.before_answer: Callable[[], object] = lambda: None

    def say(self, path: str, body: dict[str, Any]) -> str:
        self.before_answer()
        if body["model"] == "teacher":
            self.asked_teacher += 1
            proposed = self.proposals[(self.asked_teacher - 1) % len(self.proposals)]
            return f"<instructions>{proposed}</instructions>"
        told, question = str(body["messages"][0]["content"]), str(body["messages"][-1]["content"])
        number = int(question.rstrip("?").rsplit(" ", 1)[-1])
        right = "weekday" in told or number % 3 == 0
        return answer(number) if right else "I cannot tell."


def answer(number: int) -> str:
    return f"Parcel {number} arrives on {WEEKDAYS[number % 5]} in the afternoon."


def case(number: int, *, split: Split = Split.TRAIN) -> Example:
    return Example(
        id=ExampleId(f"ex_{split}_{number}"),
        workspace=DEFAULT_WORKSPACE,
        dataset=DATASET,
        interaction=InteractionId(f"int_{split}_{number}"),
        conversation=f"{split}-{number}",
        kind=ExampleKind.REPLAY if number % 3 == 0 else ExampleKind.CORRECTION,
        split=split,
        messages=(Message("user", f"When will my parcel come, the {split} one with number {number}?"),),
        answer=answer(number),
        slice="deliveries",
    )


@contextmanager
def open_shop(data: Path, shop: FakeProvider, **settings: Any) -> Iterator[App]:
    """Open an installation in which the agent of the shop has a night under way."""
    with App(load(data=data, **settings), nights=False) as app:
        runtime = app.runtime
        if not runtime.store.agents.find(DEFAULT_WORKSPACE, SUPPORT):
            model, teacher = (ModelSpec(f"openai-compatible:{n}", shop.url) for n in ("gpt", "teacher"))
            create_agent(
                runtime, DEFAULT_WORKSPACE, SUPPORT, model=model, teacher=teacher, instructions=BEFORE
            )
            now, about = runtime.now(), {"workspace": DEFAULT_WORKSPACE, "agent": SUPPORT}
            dataset = Dataset(id=DATASET, at=now, sha256="", train=CASES, heldout=CASES, **about)  # type: ignore[arg-type]
            runtime.store.datasets.add(dataset)
            runtime.store.examples.add(*(case(n, split=split) for split in Split for n in range(CASES)))
            cycle = Cycle(id=NIGHT, dataset=DATASET, started=now, since=now, until=now, **about)  # type: ignore[arg-type]
            runtime.store.cycles.add(cycle)
        yield app


def draft_task(app: App) -> DraftTask:
    store = app.runtime.store
    agent = store.agents.get(DEFAULT_WORKSPACE, SUPPORT)
    cycle = store.cycles.get(DEFAULT_WORKSPACE, NIGHT)
    return DraftTask(
        cycle=cycle,
        agent=agent,
        live=store.agent_versions.get(DEFAULT_WORKSPACE, agent.live),
        dataset=store.datasets.get(DEFAULT_WORKSPACE, DATASET),
        now=cycle.started,
    )
