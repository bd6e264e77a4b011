"""What the trainer is given is what will be asked of the model that it makes."""

import json
import sys
from pathlib import Path

import pytest
from tests.conftest import START
from tests.nouns import make_version

from upspiral.domain import (
    LOCAL_HOST,
    AgentVersion,
    Dataset,
    Example,
    ExampleKind,
    JobState,
    Message,
    ModelVersion,
    Split,
    TrainingJob,
)
from upspiral.domain.ids import (
    DEFAULT_WORKSPACE,
    AgentId,
    AgentVersionId,
    DatasetId,
    ExampleId,
    InteractionId,
    JobId,
    ModelVersionId,
)
from upspiral.domain.prompting import write_prompt
from upspiral.store import Store
from upspiral.train.base import TrainingProgress, TrainingRun
from upspiral.train.config import TrainSettings
from upspiral.train.launch import launch

SUPPORT = AgentId("support")
BASE = ModelVersion(
    id=ModelVersionId("base"),
    workspace=DEFAULT_WORKSPACE,
    name="base",
    host=LOCAL_HOST,
    at=START,
    base="/models/base",
)


class NobodyTrains:
    """Takes every run and does nothing."""

    def start(self, run: TrainingRun) -> None:
        """Do nothing."""

    def progress(self, run: TrainingRun) -> TrainingProgress:
        """Say that it runs."""
        return TrainingProgress(JobState.RUNNING)

    def stop(self, run: TrainingRun) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


def _version(**more: object) -> AgentVersion:
    return make_version(id=AgentVersionId("v"), model=BASE.id, sha256="v", **more)


def _dataset(store: Store) -> Example:
    store.model_versions.insert_ignore(BASE)
    about = {"id": DatasetId("ds"), "workspace": DEFAULT_WORKSPACE, "agent": SUPPORT, "at": START}
    store.datasets.insert_ignore(Dataset(**about, sha256="ds", train=1, heldout=0))  # type: ignore[arg-type]
    example = Example(
        id=ExampleId("ex"),
        workspace=DEFAULT_WORKSPACE,
        dataset=DatasetId("ds"),
        interaction=InteractionId("int"),
        conversation="c",
        kind=ExampleKind.REWRITE,
        split=Split.TRAIN,
        messages=(Message("system", "The caller's own words."), Message("user", "Do you repair?")),
        answer="Yes, within 10 days.",
    )
    store.examples.insert_ignore(example)
    return example


@pytest.mark.parametrize(
    "version",
    [
        _version(),
        _version(instructions="You are ShopBot."),
        _version(rules=("Never mention competitors.",), examples=(("Hi", "Hello!"),)),
    ],
)
def test_a_conversation_is_taught_with_what_the_version_puts_before_it(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: AgentVersion
) -> None:
    monkeypatch.setattr(sys.modules[launch.__module__], "check_trainable", lambda *_, **__: None)
    example = _dataset(store)
    job = TrainingJob(
        id=JobId("job"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        dataset=DatasetId("ds"),
        base=BASE.id,
        recipe="sft_lora",
        created=START,
    )
    launch(
        store,
        job,
        version=version,
        name="support-v2",
        trainer=NobodyTrains(),
        folder=tmp_path,
        settings=TrainSettings(),
    )
    [line] = (tmp_path / "train.jsonl").read_text().splitlines()
    prompt = write_prompt(version, example.messages)
    served = [{"role": m.role, "content": m.content} for m in prompt.put_before(example.messages)]
    assert json.loads(line)["messages"] == [*served, {"role": "assistant", "content": example.answer}]
