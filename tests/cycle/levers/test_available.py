"""Which levers a night may use: those asked for, else the agent's, else the settings'."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.levers.available import find_obstacles, list_levers, make_lever
from upspiral.domain import Agent, Cycle, CycleKind
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId
from upspiral.errors import ConfigError

NOW = datetime(2026, 1, 5, tzinfo=UTC)
NIGHT = Cycle(
    id=CycleId("cyc_1"),
    workspace=DEFAULT_WORKSPACE,
    agent=AgentId("support"),
    started=NOW,
    since=NOW,
    until=NOW,
)


@pytest.fixture
def app(data: Path) -> Iterator[App]:
    with App(load(data=data, levers={"enabled": ("examples", "rules", "model", "adapter")})) as opened:
        yield opened


@pytest.fixture
def agent(app: App) -> Agent:
    hosted = ModelSpec("openai-compatible:gpt-x", "http://127.0.0.1:9/v1")
    return create_agent(app.runtime, DEFAULT_WORKSPACE, AgentId("support"), model=hosted)


def test_a_night_an_agent_and_the_settings_say_which_levers_may_be_used(app: App, agent: Agent) -> None:
    runtime = app.runtime
    assert list_levers(runtime, agent, NIGHT) == ("examples", "rules", "model", "adapter")
    own = msgspec.structs.replace(agent, levers=("rules",))
    assert list_levers(runtime, own, NIGHT) == ("rules",)
    asked = msgspec.structs.replace(NIGHT, levers=("adapter",))
    assert list_levers(runtime, own, asked) == ("adapter",)
    training = msgspec.structs.replace(NIGHT, story=CycleKind.TRAIN)
    assert list_levers(runtime, own, training) == ("adapter",)


def test_of_each_lever_it_is_known_what_stands_in_its_way(app: App, agent: Agent) -> None:
    found = find_obstacles(app.runtime, agent)
    assert found["examples"] is None
    for name, words in (("rules", "no teacher"), ("model", "levers.models"), ("adapter", "gpt-x")):
        assert words in str(found[name])


def test_a_lever_that_nobody_registered_is_told() -> None:
    with pytest.raises(ConfigError, match="no lever 'magic'"):
        make_lever(None, "magic")  # type: ignore[arg-type]
