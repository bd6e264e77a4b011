"""While a night is unfinished and no server runs, every command does its work, and none runs the night."""

import json
import time
from pathlib import Path

import pytest
from tests.cli.running import run, run_process

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.cycle.candidate import Revision, new_deployment, revise_version
from upspiral.deploy.advance import add_version, start_canary
from upspiral.domain import Cycle, CycleKind, DeploymentState, Ending
from upspiral.domain.ids import AgentId, CycleId
from upspiral.testing.provider import FakeProvider

AGENT = AgentId("shop")
NIGHT = CycleId("cyc_canary")
CHAT = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}


def _leave_a_canary(folder: Path, url: str = "http://127.0.0.1:1/v1") -> None:
    """Make a data folder in which a canary is out and nobody watches it."""
    with App(load(data=folder), nights=False) as spiral:
        runtime, now = spiral.runtime, spiral.runtime.now()
        agent = create_agent(
            runtime,
            spiral.workspace,
            AGENT,
            model=ModelSpec("openai-compatible:gpt", url),
        )
        live = runtime.store.agent_versions.get(spiral.workspace, agent.live)
        second = add_version(runtime.store, revise_version(live, Revision(rules=("Be brief.",)), now=now))
        cycle = Cycle(
            id=NIGHT,
            workspace=spiral.workspace,
            agent=AGENT,
            story=CycleKind.DEPLOY,
            started=now,
            since=now,
            until=now,
            candidate=second.id,
        )
        deployment = new_deployment(cycle, stable=agent.live, share=0.1, now=now)
        runtime.store.cycles.add(cycle)
        runtime.store.cycles.note(spiral.workspace, NIGHT, deployment=deployment.id)
        start_canary(runtime.store, deployment)


def _state(folder: Path) -> tuple[Ending | None, DeploymentState]:
    with App(load(data=folder), nights=False) as spiral:
        cycle = spiral.runtime.store.cycles.get(spiral.workspace, NIGHT)
        return cycle.ending, spiral.runtime.store.deployments.get(
            spiral.workspace, cycle.deployment or ""
        ).state


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("history",),
        ("analyze",),
        ("agents", "list"),
        ("agents", "create", "other", "--model", "openai-compatible:x", "--url", "http://127.0.0.1:1/v1"),
        ("keys", "list"),
        ("schedules", "list"),
        ("metrics", "agents"),
        ("route", "profiles"),
        ("raters",),
        ("doctor", "database"),
        ("import", "{file}", "--agent", "shop"),
        ("erase", "--conversation", "nothing"),
    ],
    ids=lambda words: "-".join(words[:2]),
)
def test_a_command_works_and_leaves_the_night_as_it_is(tmp_path: Path, words: tuple[str, ...]) -> None:
    folder = tmp_path / "data"
    _leave_a_canary(folder)
    (tmp_path / "chat.jsonl").write_text(json.dumps(CHAT))
    told = [word.format(file=tmp_path / "chat.jsonl") for word in words]
    ran = run(*told, data=folder)
    assert ran.returncode == 0, ran.stderr
    assert _state(folder) == (None, DeploymentState.CANARY)


def test_another_night_is_refused_with_the_way_to_end_the_one_under_way(data: Path) -> None:
    _leave_a_canary(data)
    for words in (("improve", "shop"), ("deploy", "shop", "2")):
        ran = run(*words, data=data)
        assert ran.returncode == 4, ran.stderr
        assert "upspiral cancel shop" in ran.stderr
        assert "Traceback" not in ran.stderr
    assert _state(data) == (None, DeploymentState.CANARY)


@pytest.mark.parametrize(
    ("command", "ending"), [("cancel", Ending.CANCELLED), ("rollback", Ending.ROLLED_BACK)]
)
def test_cancel_and_rollback_end_the_night_at_once(data: Path, command: str, ending: Ending) -> None:
    _leave_a_canary(data)
    ran = run(command, "shop", data=data)
    assert ran.returncode == 0, ran.stderr
    assert _state(data) == (ending, DeploymentState.ROLLED_BACK)
    assert run(command, "shop", data=data).returncode == 4


@pytest.mark.process
def test_a_canary_started_without_a_server_says_so_and_the_command_ends(data: Path) -> None:
    with FakeProvider() as provider:
        _leave_a_canary(data, provider.url)
        run("cancel", "shop", data=data)
        began = time.monotonic()
        ran = run_process("deploy", "shop", "2", data=data)  # between two looks lie 300 seconds
    assert ran.returncode == 0, ran.stderr
    assert "Start `upspiral serve`" in ran.stdout
    assert "Traceback" not in ran.stderr
    assert "Error" not in ran.stderr
    assert time.monotonic() - began < 150
