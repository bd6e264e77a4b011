"""Datasets, jobs and models."""

import pytest
from tests.conftest import START

from upspiral.domain import Dataset, JobState, ModelVersion, TrainingJob
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, DatasetId, JobId, ModelVersionId
from upspiral.errors import InvalidTransition
from upspiral.store import Store

SUPPORT = AgentId("support")
JOB = TrainingJob(
    id=JobId("job"),
    workspace=DEFAULT_WORKSPACE,
    agent=SUPPORT,
    dataset=DatasetId("ds"),
    base=ModelVersionId("mv"),
    recipe="sft_lora",
    created=START,
)


def test_a_job_moves_only_along_its_states_and_keeps_what_is_noted(any_store: Store) -> None:
    jobs = any_store.training_jobs
    jobs.add(JOB)
    running = jobs.move(JOB, JobState.RUNNING, step=3, loss=0.5)
    assert (running.state, running.step, running.loss) == (JobState.RUNNING, 3, 0.5)
    done = jobs.move(running, JobState.SUCCEEDED, finished=START)
    assert jobs.get(DEFAULT_WORKSPACE, JOB.id) == done
    with pytest.raises(InvalidTransition, match="succeeded"):
        jobs.move(done, JobState.RUNNING)


def test_what_learned_from_somebody_who_was_erased_is_marked(any_store: Store) -> None:
    dataset = Dataset(
        id=DatasetId("ds"),
        workspace=DEFAULT_WORKSPACE,
        agent=SUPPORT,
        at=START,
        sha256="x",
        train=1,
        heldout=1,
    )
    model = ModelVersion(
        id=ModelVersionId("mv"), workspace=DEFAULT_WORKSPACE, name="support-1", host="local", at=START
    )
    any_store.datasets.add(dataset)
    any_store.model_versions.add(model)
    any_store.datasets.mark_erased(DEFAULT_WORKSPACE, [dataset.id])
    any_store.model_versions.mark_erased(DEFAULT_WORKSPACE, [model.id])
    assert any_store.datasets.get(DEFAULT_WORKSPACE, dataset.id).holds_erased
    found = any_store.model_versions.get_named(DEFAULT_WORKSPACE, "support-1")
    assert found is not None
    assert found.holds_erased
