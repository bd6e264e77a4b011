"""The same answers are drawn at every call, and those that somebody judged are marked."""

from datetime import timedelta

import pytest
from tests.conftest import Maker
from tests.queries.comparisons import AGENT, plant_agent

from upspiral import ingest
from upspiral.app import App
from upspiral.domain import Source
from upspiral.domain.ids import AgentId
from upspiral.domain.judgment.random_sample import SAMPLE_SIZE
from upspiral.errors import NotFound
from upspiral.queries.random_sample import list_sample


def test_a_sample_is_of_its_size_the_same_again_and_tells_what_is_judged(app: App, make: Maker) -> None:
    plant_agent(app)
    make.now = app.runtime.now() - timedelta(hours=1)
    turns = [make.interaction(f"Question {n}?", f"Answer {n}.") for n in range(SAMPLE_SIZE + 20)]
    verdicts = [make.feedback(one, 0.0, source=Source.HUMAN_EVALUATION) for one in turns[:40]]
    implied = [make.feedback(one, 0.0, source=Source.IMPLICIT) for one in turns[40:]]
    ingest.record_history(app.runtime, turns, [*verdicts, *implied], workspace=app.workspace, remarks=[])
    drawn = list_sample(app.runtime, app.workspace, AGENT)
    assert len({one.conversation for one in drawn}) == SAMPLE_SIZE
    assert drawn == list_sample(app.runtime, app.workspace, AGENT)
    judged = {one.id for one in turns[:40]}
    assert all(one.judged == (one.interaction in judged) for one in drawn)
    assert {one.judged for one in drawn} == {True, False}


def test_of_an_agent_that_there_is_not_nothing_is_drawn(app: App) -> None:
    with pytest.raises(NotFound):
        list_sample(app.runtime, app.workspace, AgentId("nobody"))
