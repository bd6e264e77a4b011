"""What the trainer is given is what will be asked of the model that it makes."""

import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tests.conftest import START
from tests.factories import make_version

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
from upspiral.train.launch import cancel, launch, poll

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


class Ends(NobodyTrains):
    """Takes every run, and says that it ended in a state."""

    def __init__(self, state: JobState) -> None:
        self.state = state

    def progress(self, run: TrainingRun) -> TrainingProgress:
        """Say how it ended."""
        return TrainingProgress(self.state, step=3, loss=0.25)


def _running_job(store: Store) -> TrainingJob:
    _dataset(store)
    job = TrainingJob(
        id=JobId("job"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        dataset=DatasetId("ds"),
        base=BASE.id,
        recipe="sft_lora",
        state=JobState.RUNNING,
        created=START,
    )
    store.training_jobs.insert_ignore(job)
    return job


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the trainer of the job was given."""
    (tmp_path / "spec.json").write_text("{}")
    return tmp_path


def _told(store: Store) -> list[dict[str, object]]:
    return [json.loads(one.body) for one in store.notifications.list_rows(DEFAULT_WORKSPACE)]


@pytest.mark.parametrize("state", [JobState.SUCCEEDED, JobState.FAILED])
def test_people_are_told_once_that_a_training_ended_and_how(
    any_store: Store, folder: Path, state: JobState
) -> None:
    job, now = _running_job(any_store), START + timedelta(seconds=90)
    given = {"trainer": Ends(state), "folder": folder, "settings": TrainSettings(), "now": now}
    for _ in range(2):  # a night's step may be run again
        poll(any_store, any_store.training_jobs.get(DEFAULT_WORKSPACE, job.id), **given)  # type: ignore[arg-type]
    [told] = _told(any_store)
    assert told["type"] == "training.ended"
    said = {"agent": "support", "job": "job", "state": str(state), "loss": 0.25, "seconds": 90.0}
    assert said.items() <= told["data"].items()  # type: ignore[attr-defined]


def test_people_are_told_that_a_training_was_cancelled(any_store: Store, tmp_path: Path) -> None:
    cancel(any_store, _running_job(any_store), trainer=NobodyTrains(), folder=tmp_path, now=START)
    [told] = _told(any_store)
    assert (told["type"], told["data"]["state"]) == ("training.ended", "cancelled")  # type: ignore[index]


def test_nobody_is_told_of_a_training_that_goes_on(any_store: Store, folder: Path) -> None:
    given = {"trainer": Ends(JobState.RUNNING), "folder": folder, "settings": TrainSettings(), "now": START}
    poll(any_store, _running_job(any_store), **given)  # type: ignore[arg-type]
    assert _told(any_store) == []
