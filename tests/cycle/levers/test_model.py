"""Every model that the operator names gets its turn."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.levers.base import Draft, DraftTask
from upspiral.cycle.levers.model import ModelLever
from upspiral.domain import Cycle, Dataset
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId, DatasetId
from upspiral.domain.learning.lever import LeverTrial, TrialState

NOW = datetime(2026, 1, 5, tzinfo=UTC)
SUPPORT = AgentId("support")


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    names = ("hosted", "small", "unknown", "large")
    with App(load(data=data, levers={"models": names})) as opened:
        for name in ("small", "large"):
            spec = ModelSpec(f"openai-compatible:{name}", "http://127.0.0.1:9/v1")
            create_agent(opened.runtime, DEFAULT_WORKSPACE, AgentId(name), model=spec)
        hosted = ModelSpec("openai-compatible:hosted", "http://127.0.0.1:9/v1")
        create_agent(opened.runtime, DEFAULT_WORKSPACE, SUPPORT, model=hosted)
        yield opened


def _task(app: App, night: str) -> DraftTask:
    agent, store = app.agent("support"), app.runtime.store
    about = {"workspace": DEFAULT_WORKSPACE, "agent": SUPPORT}
    return DraftTask(
        cycle=Cycle(id=CycleId(night), started=NOW, since=NOW, until=NOW, **about),  # type: ignore[arg-type]
        agent=agent,
        live=store.agent_versions.get(DEFAULT_WORKSPACE, agent.live),
        dataset=Dataset(id=DatasetId("ds"), at=NOW, sha256="", train=9, heldout=9, **about),  # type: ignore[arg-type]
        now=NOW,
    )


def _draft(app: App, night: str) -> str:
    draft = anyio.run(ModelLever(app.runtime).draft, _task(app, night))
    assert isinstance(draft, Draft)
    store = app.runtime.store
    store.lever_trials.add(
        LeverTrial(
            id=night,
            workspace=DEFAULT_WORKSPACE,
            agent=SUPPORT,
            cycle=CycleId(night),
            lever="model",
            position=0,
            at=NOW,
            state=TrialState.TRIED,
            candidate=draft.version.id,
        )
    )
    return store.model_versions.get(DEFAULT_WORKSPACE, draft.version.model).name


def test_each_named_model_that_is_known_and_not_live_is_tried_in_turn(app: App) -> None:
    assert [_draft(app, night) for night in ("n1", "n2", "n3")] == ["small", "large", "small"]


def test_without_another_model_it_says_so(data: Path) -> None:
    with App(load(data=data)) as app:
        hosted = ModelSpec("openai-compatible:hosted", "http://127.0.0.1:9/v1")
        agent = create_agent(app.runtime, DEFAULT_WORKSPACE, SUPPORT, model=hosted)
        assert "levers.models" in str(ModelLever(app.runtime).find_obstacle(agent))
