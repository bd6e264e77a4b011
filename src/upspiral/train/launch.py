"""Start a TrainingJob, ask how far it is, stop it: the verbs of this stage."""

import json
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from upspiral.domain import (
    LOCAL_HOST,
    AgentVersion,
    Dataset,
    Example,
    JobState,
    ModelVersion,
    Split,
    TrainingJob,
)
from upspiral.domain.ids import ModelVersionId, derive
from upspiral.domain.night.notification import NotificationType, make_notification
from upspiral.domain.prompting import Recall, write_prompt
from upspiral.errors import TrainingError
from upspiral.plugin_kinds import TRAINER
from upspiral.store import Store
from upspiral.train.base import Trainer, TrainingRun
from upspiral.train.config import TrainSettings
from upspiral.train.trainable import check_trainable


def make_trainer(settings: TrainSettings) -> Trainer:
    """Make the trainer that the settings name.

    Raises:
        ConfigError: There is none of that name.
    """
    made: Trainer = TRAINER.get(settings.trainer)()
    return made


def launch(
    store: Store,
    job: TrainingJob,
    *,
    version: AgentVersion,
    name: str,
    trainer: Trainer,
    folder: Path,
    settings: TrainSettings,
    recall: Recall | None = None,
) -> TrainingJob:
    """Start a job, or go on with it after a crash.

    Args:
        store: Where the job is kept.
        job: What to do; stored before anything starts, under an id that a repetition derives again.
        version: Its instructions, rules and examples go before every conversation, as where it is served: a
            model that is taught without them and asked with them answers worse than it was taught.
        name: The immutable name of the adapter to make.
        trainer: Who does it.
        folder: Belongs to this job alone.
        settings: How to do it.
        recall: Searches the version's memory, where it has one.

    Raises:
        ConfigError: The base cannot be taught on this machine; says why.
    """
    store.training_jobs.insert_ignore(job)
    job = store.training_jobs.get(job.workspace, job.id)
    write = partial(_line, version=version, recall=recall)
    run = _run(store, job, write, name=name, folder=folder, settings=settings)
    if job.state in (JobState.QUEUED, JobState.RUNNING):
        trainer.start(run)
        if job.state == JobState.QUEUED:
            job = store.training_jobs.move(job, JobState.RUNNING)
    return job


def poll(
    store: Store, job: TrainingJob, *, trainer: Trainer, folder: Path, settings: TrainSettings, now: datetime
) -> TrainingJob:
    """Ask how far a job is and store it; start its trainer again where it died.

    Raises:
        TrainingError: The trainer died more often than settings allow.
    """
    if job.state != JobState.RUNNING:
        return job
    run = TrainingRun(folder, json.loads((folder / "spec.json").read_text()))
    progress = trainer.progress(run)
    if progress.state == JobState.QUEUED:
        _count_start(folder, settings)
        trainer.start(run)
        return job
    seen: dict[str, Any] = {"step": progress.step, "total_steps": progress.total_steps, "loss": progress.loss}
    if progress.state == JobState.RUNNING:
        if (now - job.created).total_seconds() > settings.wall_limit_s:
            trainer.stop(run)
            return _end(store, job, JobState.FAILED, now=now, error=_say_too_long(job, settings), **seen)
        if progress.step != job.step:
            store.training_jobs.upsert(msgspec.structs.replace(job, **seen))
        return store.training_jobs.get(job.workspace, job.id)
    trainer.stop(run)
    return _end(store, job, progress.state, now=now, error=progress.error, **seen)


def cancel(store: Store, job: TrainingJob, *, trainer: Trainer, folder: Path, now: datetime) -> TrainingJob:
    """Stop a job for good."""
    trainer.stop(TrainingRun(folder))
    return _end(store, job, JobState.CANCELLED, now=now)


def register_model(
    store: Store, job: TrainingJob, *, name: str, adapter: Path, sha256: str, now: datetime
) -> ModelVersion:
    """Register what a succeeded job made; registered once, however often asked."""
    base = store.model_versions.get(job.workspace, job.base)
    dataset = store.datasets.find(job.workspace, job.dataset) if job.dataset else None
    version = ModelVersion(
        id=ModelVersionId(derive("mv", job.id)),
        workspace=job.workspace,
        name=name,
        host=LOCAL_HOST,
        at=now,
        base=base.base,
        adapter=str(adapter),
        sha256=sha256,
        dataset=job.dataset,
        job=job.id,
        # somebody may have been erased while it was trained
        holds_erased=base.holds_erased or (dataset is not None and dataset.holds_erased),
    )
    store.model_versions.insert_ignore(version)
    return store.model_versions.get(job.workspace, version.id)


def _end(store: Store, job: TrainingJob, state: JobState, *, now: datetime, **seen: Any) -> TrainingJob:
    """Bring a job to its end, and put down in the same transaction that people are told of it."""
    with store.transaction():
        ended = store.training_jobs.move(job, state, finished=now, **seen)
        told = make_notification(
            NotificationType.TRAINING_ENDED,
            job.id,
            workspace=job.workspace,
            at=now,
            agent=job.agent,
            job=job.id,
            state=state,
            loss=ended.loss,
            seconds=(now - job.created).total_seconds(),
        )
        store.notifications.insert_ignore(told)
    return ended


def _run(
    store: Store,
    job: TrainingJob,
    write: Callable[[Example], str],
    *,
    name: str,
    folder: Path,
    settings: TrainSettings,
) -> TrainingRun:
    base = store.model_versions.get(job.workspace, job.base)
    check_trainable(base, recipe=job.recipe)
    dataset = store.datasets.get(job.workspace, job.dataset)
    examples = store.examples.of(job.workspace, job.dataset, Split.TRAIN)
    if not examples:
        raise TrainingError(
            f"Dataset {job.dataset} has no examples to train on.", hint="Run `upspiral curate`."
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    data = folder / "train.jsonl"
    data.write_text("".join(write(example) for example in examples))
    return TrainingRun(folder, _spec(job, dataset, name=name, base=base, data=data, settings=settings))


def _line(example: Example, version: AgentVersion, recall: Recall | None = None) -> str:
    prompt = write_prompt(version, example.messages, recall, apart_from=example.conversation)
    messages = [{"role": m.role, "content": m.content} for m in prompt.put_before(example.messages)]
    return json.dumps({"messages": [*messages, {"role": "assistant", "content": example.answer}]}) + "\n"


def _spec(
    job: TrainingJob, dataset: Dataset, *, name: str, base: ModelVersion, data: Path, settings: TrainSettings
) -> dict[str, Any]:
    knobs = settings.model_dump(exclude={"trainer", "recipe", "wall_limit_s", "attempts", "work_folder"})
    return {
        **knobs,
        "recipe": job.recipe,
        "name": name,
        "base": base.base,
        "start_from": base.adapter,
        "dataset": str(data),
        "dataset_sha256": dataset.sha256,
        "dropout": 0.0,
        "target_modules": "all-linear",
        "output": str(data.parent / "adapter"),
    }


def _count_start(folder: Path, settings: TrainSettings) -> None:
    counter = folder / "starts"
    starts = int(counter.read_text()) + 1 if counter.exists() else 1
    counter.write_text(str(starts))
    if starts > settings.attempts:
        raise TrainingError(
            f"The trainer in {folder} died {starts} times.",
            hint=f"Look at {folder / 'output.log'}; raise train.attempts to try more often.",
        )


def _say_too_long(job: TrainingJob, settings: TrainSettings) -> str:
    limit = f"{settings.wall_limit_s:.0f} s"
    return f"Job {job.id} ran longer than {limit}. Raise train.wall_limit_s or train on less."
