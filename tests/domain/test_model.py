"""The states of a training job."""

import pytest

from upspiral.domain import JobState
from upspiral.domain.model import JOB_TRANSITIONS

ENDS = (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED)


def test_every_state_says_what_may_follow() -> None:
    assert set(JOB_TRANSITIONS) == set(JobState)


@pytest.mark.parametrize("end", ENDS)
def test_a_job_that_has_ended_stays_as_it_is(end: JobState) -> None:
    assert JOB_TRANSITIONS[end] == frozenset()


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RUNNING])
def test_a_job_can_fail_or_be_cancelled_at_any_time_before_its_end(state: JobState) -> None:
    assert {JobState.FAILED, JobState.CANCELLED} <= JOB_TRANSITIONS[state]


def test_nothing_succeeds_that_has_not_run() -> None:
    assert [state for state, after in JOB_TRANSITIONS.items() if JobState.SUCCEEDED in after] == [
        JobState.RUNNING
    ]
