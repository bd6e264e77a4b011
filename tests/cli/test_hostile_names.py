"""What users and models wrote is shown by every command as text: it runs nothing, and stops nothing."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.analyze.test_identity import _pattern
from tests.conftest import START, Maker
from typer.main import get_command
from typer.testing import CliRunner

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.admin.keys import make_key
from upspiral.app import App
from upspiral.capture import give_feedback, record
from upspiral.cli.main import app
from upspiral.cli.terminal import CONTROL
from upspiral.config import load
from upspiral.domain import Cycle, Ending, Scope, ToolCall
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId
from upspiral.testing.site import Site

pytestmark = pytest.mark.process

EVIL = "x[/nope]\x1b]0;owned\x07\x9b2J\u202e\n[red]y"
"""Closes no tag, sets a title, clears the screen, turns the text around, breaks the line."""
NIGHT = "cyc_019b76daa800629f6fbed82c07cd"
WITHOUT_NAMES = {
    *("serve", "api", "worker", "mcp", "demo", "openapi", "console", "backup", "restore"),
    *("db upgrade", "db recount", "workspace set", "config show"),
}
"""Commands that show nothing of what users wrote, or do not end by themselves."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A server on a folder in which every name is hostile; gives the folder and an interaction's id."""
    data = tmp_path_factory.mktemp("hostile")
    make = Maker()
    call = ToolCall(name=EVIL, arguments=EVIL, result=EVIL)
    facts: dict[str, Any] = {"agent": AgentId(EVIL), "model": EVIL, "metadata": {"domain": EVIL}}
    asked = [make.interaction(EVIL, EVIL, tool_calls=(call,), end_user=EVIL, **facts) for _ in range(30)]
    told = [
        make.feedback(one, score=0.0, rater=EVIL, label=EVIL, comment=EVIL, correction=EVIL) for one in asked
    ]
    with App(load(data=data), nights=False) as spiral:
        store = spiral.runtime.store
        record(store, *asked, now=START)
        give_feedback(store, told, settings=spiral.settings.capture, now=START)
        where = ModelSpec(f"openai-compatible:{EVIL}", "http://127.0.0.1:1/v1")
        create_agent(spiral.runtime, DEFAULT_WORKSPACE, AgentId(EVIL), model=where, instructions=EVIL)
        store.patterns.add(_pattern("evil", (EVIL,), agent=AgentId(EVIL), last_seen=START))
        store.cycles.add(
            Cycle(
                id=CycleId(NIGHT), workspace=DEFAULT_WORKSPACE, agent=AgentId(EVIL), started=START,
                since=START, until=START, ended=START, ending=Ending.RESTED, reason=EVIL,
            )
        )  # fmt: skip
        make_key(store, DEFAULT_WORKSPACE, name=EVIL, scopes=[Scope.READ], now=START)
    with Site(data):
        yield data, asked[0].id


def _commands(interaction: str, folder: Path) -> dict[str, list[str]]:
    """Give the words behind each command; where it takes a name, a hostile one."""
    file = folder / "lines.jsonl"
    file.write_text("no json\n" + json.dumps({"messages": EVIL}) + "\n")
    return {
        "status": [], "history": [], "analyze": [], "raters": [], "doctor": [], "explain": [interaction],
        "feedback": [EVIL, "--thumbs", "up"], "improve": [f"{EVIL}z"], "curate": [f"{EVIL}z"],
        "train": [EVIL], "compare": [EVIL, EVIL, EVIL], "deploy": [EVIL, "x[/no]\x1b"],
        "rollback": [EVIL], "cancel": [EVIL], "import": [str(file)], "erase": ["--end-user", EVIL],
        "agents create": [EVIL, "--model", EVIL], "agents list": [], "agents show": [EVIL],
        "agents revise": [EVIL, "--rule", EVIL], "agents edit": [EVIL, "--description", EVIL],
        "agents rename": [EVIL, EVIL], "agents delete": [f"{EVIL}z", "--yes"],
        "interactions list": [], "interactions show": [interaction], "interactions search": [EVIL],
        "keys create": ["--name", EVIL], "keys list": [], "keys revoke": [EVIL],
        "keys set-password": [EVIL], "keys list-passwords": [], "keys remove-password": [EVIL],
        "keys set-provider": [EVIL], "keys list-provider": [], "keys remove-provider": [EVIL],
        "route table": [EVIL], "route what-if": [EVIL], "route explain": [EVIL], "route profiles": [],
        "schedules list": [], "schedules run": [EVIL],
        "schedules set": [EVIL, EVIL], "metrics agents": [], "metrics tools": [],
        "metrics reasons": [], "metrics agent": [EVIL], "metrics cost": [EVIL],
        "workspace show": [], "env": [EVIL], "prompts export": [EVIL], "metrics spending": [],
        "memory list": [EVIL], "memory build": [EVIL], "memory show": [EVIL, EVIL],
        "label": [EVIL, "--rater", EVIL], "decide": [EVIL], "approve": [EVIL],
        "migrate": [EVIL, "--to", EVIL], "webhooks list": [], "webhooks add": [EVIL],
        "webhooks remove": [EVIL], "webhooks test": [EVIL], "webhooks deliveries": [EVIL],
        "webhooks rotate": [EVIL],
    }  # fmt: skip


def _every_command() -> set[str]:
    found: set[str] = set()
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found |= {f"{name} {one}" for one in inner} if inner else {name}
    return found


def test_every_command_shows_hostile_names_as_text(site: tuple[Path, str]) -> None:
    data, interaction = site
    commands = _commands(interaction, data)
    assert set(commands) | WITHOUT_NAMES == _every_command()
    seen = ""
    variants = [("history", [NIGHT]), ("metrics reasons", [EVIL]), ("analyze", [EVIL]), *commands.items()]
    variants.sort(key=lambda one: one[0] == "erase")  # last: it takes the others' names away
    for name, words in variants:
        for more in ([], ["--json"] if name not in ("keys revoke", "doctor") else []):
            ran = CliRunner().invoke(app, [*name.split(), *words, "--data", str(data), *more])
            assert isinstance(ran.exception, SystemExit | None), (name, ran.exception)
            assert not CONTROL.search(ran.output.replace("\n", "")), (name, ran.output)
            seen += ran.output
    assert seen.count("[/nope]") > len(commands)
