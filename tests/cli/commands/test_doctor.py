"""What the doctor says of every agent."""

import json
import shutil
from pathlib import Path

from tests.cli.running import ROOT, run
from typer.testing import CliRunner

from upspiral.app import App
from upspiral.cli.main import app
from upspiral.config import load
from upspiral.domain.model import RequestChange


def test_the_doctor_says_of_every_agent_what_it_lacks(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert "agent hosted" not in run(data, "doctor").stdout
    endpoint = ("--model", "openai-compatible:gpt-x", "--url", "http://127.0.0.1:9/v1")
    made = run(data, "agents", "create", "hosted", *endpoint)
    assert made.returncode == 0, made.stderr
    found = {one["what"]: one for one in json.loads(run(data, "doctor", "--json").stdout)}
    assert found["agent hosted"]["ok"]  # it answers; that it cannot be taught breaks nothing
    assert "cannot teach it" in found["agent hosted"]["detail"]
    base = tmp_path / "base"
    shutil.copytree(ROOT / "examples/support_desk/model", base)
    assert run(data, "agents", "create", "local", "--model", f"local:{base}").returncode == 0
    found = {one["what"]: one for one in json.loads(run(data, "doctor", "--json").stdout)}
    assert found["agent local"]["ok"]
    shutil.rmtree(base)
    broken = run(data, "doctor", "--json")
    found = {one["what"]: one for one in json.loads(broken.stdout)}
    assert broken.returncode != 0
    assert not found["agent local"]["ok"]
    assert str(base) in found["agent local"]["detail"]


def test_the_doctor_tells_how_models_are_asked_since_they_refused(tmp_path: Path) -> None:
    with App(load(data=tmp_path / "data"), nights=False) as opened:
        opened.runtime.refusals.learn("https://llm.example/v1", "gpt", [RequestChange("drop", "temperature")])
    told = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path / "data"), "--json"]).output
    assert "asked at https://llm.example/v1 without `temperature`" in told
