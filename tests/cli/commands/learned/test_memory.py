"""Memories made and shown on the command line."""

from pathlib import Path

from tests.cli.running import run
from tests.conftest import Maker
from tests.factories import make_example

from upspiral.domain import Dataset, Split
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, DatasetId
from upspiral.store import Store


def _curate(data: Path, make: Maker) -> None:
    """Keep a dataset of one correction."""
    asked = make.interaction("Can I return the lamp?", "No.")
    dataset = Dataset(
        id=DatasetId("ds_1"),
        workspace=DEFAULT_WORKSPACE,
        agent=AgentId("support"),
        at=make.now,
        sha256="x",
        train=1,
        heldout=0,
    )
    example = make_example(
        dataset=dataset.id,
        interaction=asked.id,
        conversation=asked.conversation,
        split=Split.TRAIN,
        messages=asked.messages,
        answer="Within 30 days.",
        source="anna",
    )
    with Store(str(data / "upspiral.db")) as store:
        store.interactions.add(asked)
        store.datasets.add(dataset)
        store.examples.add(example)


def test_a_memory_is_made_looked_at_and_named_by_a_version(data: Path, make: Maker) -> None:
    model = ("--model", "openai-compatible:gpt", "--url", "http://127.0.0.1:9/v1")
    assert run("agents", "create", "support", *model, data=data).returncode == 0
    early = run("memory", "build", "support", data=data)
    assert (early.returncode, "has no dataset yet" in early.stderr) == (3, True)
    _curate(data, make)
    made = run("memory", "build", "support", data=data)
    assert "remembers 1 answer and answers nobody yet" in made.stdout, made.stderr
    assert run("agents", "revise", "support", "--memory", "latest", data=data).returncode == 0
    listed = run("memory", "list", "support", data=data)
    assert "support@2" in listed.stdout
    shown = run("memory", "show", "support", data=data)
    assert "holds 1 answer, at most 5 before a request; shown before 0 requests" in shown.stdout
    assert "Can I return the lamp?" in shown.stdout
    unknown = run("memory", "show", "support", "mem_x", data=data)
    assert (unknown.returncode, "has no memory 'mem_x'" in unknown.stderr) == (3, True)
