"""What the doctor says of every agent."""

import json
import shutil
from pathlib import Path

import pytest
from tests.cli.running import ROOT, run

from upspiral.app import App
from upspiral.config import load
from upspiral.domain.model import RequestChange


@pytest.fixture(autouse=True)
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the doctor the loading of torch in a process of its own."""
    monkeypatch.setattr("upspiral.cli.checks.machine.find_spec", lambda _name: None)


@pytest.mark.long
def test_the_doctor_says_of_every_agent_what_it_lacks(data: Path, tmp_path: Path) -> None:
    assert "agent hosted" not in run("doctor", data=data).stdout
    endpoint = ("--model", "openai-compatible:gpt-x", "--url", "http://127.0.0.1:9/v1")
    made = run("agents", "create", "hosted", *endpoint, data=data)
    assert made.returncode == 0, made.stderr
    found = {one["what"]: one for one in json.loads(run("doctor", "--json", data=data).stdout)}
    assert found["agent hosted"]["ok"]
    assert found["agent hosted"]["detail"] == "answers and can be taught"
    assert run("agents", "edit", "hosted", "--lever", "adapter", data=data).returncode == 0
    found = {one["what"]: one for one in json.loads(run("doctor", "--json", data=data).stdout)}
    assert found["agent hosted"]["ok"]  # it answers; that it cannot be taught breaks nothing
    assert "cannot teach it" in found["agent hosted"]["detail"]
    base = tmp_path / "base"
    shutil.copytree(ROOT / "examples/support_desk/model", base)
    assert run("agents", "create", "local", "--model", f"local:{base}", data=data).returncode == 0
    found = {one["what"]: one for one in json.loads(run("doctor", "--json", data=data).stdout)}
    assert found["agent local"]["ok"]
    shutil.rmtree(base)
    broken = run("doctor", "--json", data=data)
    found = {one["what"]: one for one in json.loads(broken.stdout)}
    assert broken.returncode != 0
    assert not found["agent local"]["ok"]
    assert str(base) in found["agent local"]["detail"]


def test_the_doctor_tells_how_models_are_asked_since_they_refused(data: Path) -> None:
    with App(load(data=data), nights=False) as opened:
        opened.runtime.refusals.learn("https://llm.example/v1", "gpt", [RequestChange("drop", "temperature")])
    told = run("doctor", "--json", data=data).stdout
    assert "asked at https://llm.example/v1 without `temperature`" in told


def test_an_unknown_part_names_the_others(data: Path) -> None:
    told = run("doctor", "databse", data=data)
    assert told.returncode == 2
    assert "database" in told.stderr
    assert "mcp" in told.stderr
