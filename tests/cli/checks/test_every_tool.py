"""The doctor calls every tool, changes nothing, and names a tool that does not work."""

import json
from pathlib import Path

import pytest
from tests.cli.running import run

from upspiral.server.mcp import door
from upspiral.server.mcp.tools import TOOLS

pytestmark = pytest.mark.long


def test_every_tool_is_called_and_nothing_is_changed(data: Path) -> None:
    before = json.loads(run("agents", "list", "--json", data=data).stdout)
    looked = run("doctor", "mcp", "--json", data=data)
    assert looked.returncode == 0, looked.stdout
    found = json.loads(looked.stdout)
    assert [one["what"] for one in found] == [f"tool {one.name}" for one in TOOLS]
    assert all(one["ok"] for one in found)
    assert json.loads(run("agents", "list", "--json", data=data).stdout) == before


def test_a_tool_that_answers_something_else_than_it_promised_is_named(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "hide_texts", lambda _said, _hide: {"items": "nothing of the kind"})
    looked = run("doctor", "mcp", "--json", data=data)
    assert looked.returncode == 2
    found = {one["what"]: one for one in json.loads(looked.stdout)}
    assert not found["tool list_agents"]["ok"]


def test_without_the_package_the_doctor_says_what_to_install(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("upspiral.cli.mcp_client.find_spec", lambda _name: None)
    looked = run("doctor", "mcp", data=data)
    assert looked.returncode == 2
    assert "upspiral[mcp]" in looked.stderr
