"""Would training help? An adapter that is trained on the teaching cases, where the model runs here."""

from pathlib import Path

import msgspec

from upspiral import train
from upspiral.cycle.candidate import adapter_name
from upspiral.cycle.levers.base import Declined, Draft, DraftCost, DraftTask, Waiting
from upspiral.deploy.adapter_files import copy_adapter, validate_adapter
from upspiral.domain import Agent, JobState, TrainingJob
from upspiral.domain.ids import CycleId, JobId, derive
from upspiral.errors import ConfigError, TrainingError
from upspiral.plugin_kinds import LEVER
from upspiral.runtime import Runtime
from upspiral.train.launch import register_model
from upspiral.train.trainable import check_trainable

SECONDS_PER_EXAMPLE = 0.5
"""Of training on two cores without an accelerator, for a small model; says only which lever is dearer."""


@LEVER.register("adapter")
class AdapterLever:
    """Trains the model behind an agent by the recipe of the settings."""

    name = "adapter"

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def find_obstacle(self, agent: Agent) -> str | None:
        """Say why the model cannot be trained on this machine."""
        store = self._runtime.store
        live = store.agent_versions.get(agent.workspace, agent.live)
        model = store.model_versions.get(agent.workspace, live.model)
        try:
            check_trainable(model, recipe=self._runtime.settings.train.recipe)
        except ConfigError as error:
            return str(error)
        return None

    def estimate(self, task: DraftTask) -> DraftCost:
        """Count seconds by the number of examples."""
        return DraftCost(seconds=SECONDS_PER_EXAMPLE * task.dataset.train)

    async def draft(self, task: DraftTask) -> Draft | Declined | Waiting:
        """Start the training, or see how far it is; the draft is the live version with the trained model.

        Raises:
            TrainingError: The training failed; says why.
        """
        runtime, store, cycle = self._runtime, self._runtime.store, task.cycle
        folder = runtime.job_folder(job_id(cycle.id))
        job = store.training_jobs.find(cycle.workspace, job_id(cycle.id))
        if job is None or not folder.exists():  # or it was begun on the disk of a server that is gone
            job = job or self._make_job(task)
            if not store.cycles.note(cycle.workspace, cycle.id, job=job.id):
                return Declined("The night is over.")
            job = self._launch(task, job)
        job = train.poll(
            store,
            job,
            trainer=runtime.trainer,
            folder=folder,
            settings=runtime.settings.train,
            now=runtime.now(),
        )
        if job.state in (JobState.QUEUED, JobState.RUNNING):
            return Waiting(f"step {job.step} of {job.total_steps}")
        if job.state != JobState.SUCCEEDED:
            raise TrainingError(job.error or f"The training job {job.id} was {job.state}.")
        return self._register(task, job, folder)

    def _make_job(self, task: DraftTask) -> TrainingJob:
        return TrainingJob(
            id=job_id(task.cycle.id),
            workspace=task.cycle.workspace,
            agent=task.agent.id,
            cycle=task.cycle.id,
            dataset=task.dataset.id,
            base=task.live.model,
            recipe=self._runtime.settings.train.recipe,
            created=self._runtime.now(),
        )

    def _launch(self, task: DraftTask, job: TrainingJob) -> TrainingJob:
        runtime = self._runtime
        return train.launch(
            runtime.store,
            job,
            version=task.live,
            name=_name_adapter(task),
            trainer=runtime.trainer,
            folder=runtime.job_folder(job.id),
            settings=runtime.settings.train,
            recall=runtime.memories.recall,
        )

    def _register(self, task: DraftTask, job: TrainingJob, folder: Path) -> Draft:
        runtime = self._runtime
        sha256, name = validate_adapter(folder / "adapter"), _name_adapter(task)
        artifacts = (runtime.data / "artifacts").resolve()
        artifacts.mkdir(parents=True, exist_ok=True, mode=0o700)
        adapter = copy_adapter(folder / "adapter", artifacts / name)
        model = register_model(
            runtime.store, job, name=name, adapter=adapter, sha256=sha256, now=runtime.now()
        )
        version = msgspec.structs.replace(task.live, model=model.id)
        return Draft(version=version, summary=f"trained on {task.dataset.train} examples as {name}")


def job_id(cycle: CycleId) -> JobId:
    """Give the id of the training job of a night."""
    return JobId(derive("job", cycle))


def _name_adapter(task: DraftTask) -> str:
    return adapter_name(task.agent.id, task.cycle.id[4:])
