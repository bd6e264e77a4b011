"""A data folder with an agent, a better candidate and held-out cases, and hosts for both and for a judge."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from upspiral.admin.agents import ModelSpec, create_agent, define_model
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.candidate import candidate_version
from upspiral.deploy.advance import add_version
from upspiral.domain import Dataset, Example, ExampleKind, Message, Split
from upspiral.domain.ids import AgentId, DatasetId, ExampleId, InteractionId
from upspiral.testing.provider import FakeProvider

AGENT = AgentId("shop")
CASES = 48
_SHOWN = re.compile(r"<(question|answer_a|answer_b) \w+>\n(.*?)\n</\1 \w+>", re.DOTALL)


class JudgedSite(Struct, frozen=True):
    """Where everything is."""

    data: Path
    judge: FakeProvider
    variables: dict[str, str]
    """The settings, as a person gives them."""
    candidate: str
    incumbent: str


def answer_old(asked: str) -> str:
    return f"{'good' if int(asked.split()[-1]) % 3 else 'poor'} answer {asked.split()[-1]}"


def answer_new(asked: str) -> str:
    return f"good answer {asked.split()[-1]} indeed"


def judge_answers(asked: str) -> str:
    """Prefer the answer that is good and about the number of the question."""
    shown = dict(_SHOWN.findall(asked))
    number = shown["question"].split()[-1]
    a, b = ({"good", number} <= set(shown[name].split()) for name in ("answer_a", "answer_b"))
    return f"I looked at both.\nVERDICT: {'TIE' if a == b else 'A' if a else 'B'}"


@contextmanager
def judged_site(data: Path) -> Iterator[JudgedSite]:
    """Serve the hosts, and fill the folder."""
    with (
        FakeProvider(answer_old) as old,
        FakeProvider(answer_new) as new,
        FakeProvider(judge_answers) as judge,
    ):
        variables = {
            "UPSPIRAL_EVALUATE_SCORER": "judge",
            "UPSPIRAL_EVALUATE_JUDGE_LABELS": "20",
            "UPSPIRAL_JUDGE_URL": judge.url,
            "UPSPIRAL_JUDGE_MODEL": "judge-1",
        }
        with App(load(data=data), nights=False) as app:
            candidate, incumbent = _fill(app, old.url, new.url)
        yield JudgedSite(data, judge, variables, candidate, incumbent)


def _fill(app: App, old: str, new: str) -> tuple[str, str]:
    runtime, workspace, now = app.runtime, app.workspace, app.runtime.now()
    agent = create_agent(runtime, workspace, AGENT, model=ModelSpec("openai-compatible:old", old))
    live = runtime.store.agent_versions.get(workspace, agent.live)
    model = define_model(runtime, workspace, ModelSpec("openai-compatible:new", new))
    better = add_version(runtime.store, candidate_version(live, model, now=now))
    dataset = Dataset(
        id=DatasetId("ds"),
        workspace=workspace,
        agent=AGENT,
        at=now,
        sha256="",
        train=CASES,
        heldout=CASES,
    )
    runtime.store.datasets.add(dataset)
    runtime.store.examples.add(
        *(
            Example(
                id=ExampleId(f"ex{n}"),
                workspace=workspace,
                dataset=dataset.id,
                interaction=InteractionId(f"int{n}"),
                conversation=f"c{n}",
                kind=ExampleKind.REPLAY if n % 3 else ExampleKind.CORRECTION,
                split=Split.HELDOUT,
                messages=(Message("user", f"What about {n}"),),
                answer=f"good answer {n}",
                slice="orders" if n % 4 else "returns",
            )
            for n in range(CASES)
        )
    )
    return better.name, live.name
