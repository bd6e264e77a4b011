"""Routing on the command line: profiles out and in, and a domain in words."""

import json
from pathlib import Path

import pytest
from tests.cli.running import run

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.config import load
from upspiral.domain.ids import AgentId

KEPT = {"gpt": {"total_queries": 100, "successful_queries": 85, "latency_history": [1250.0]}}


def test_profiles_are_imported_kept_and_exported(data: Path, tmp_path: Path) -> None:
    file, copy = tmp_path / "in.json", tmp_path / "out.json"
    file.write_text(json.dumps(KEPT))
    told = run("route", "profiles", "--import", str(file), data=data)
    assert told.returncode == 0, told.stderr
    assert "85.0%" in told.stdout
    assert "1250 ms" in told.stdout
    assert run("route", "profiles", "--export", str(copy), data=data).returncode == 0
    assert json.loads(copy.read_text())["gpt"]["successful_queries"] == 85
    missing = run("route", "profiles", "--import", str(tmp_path / "nowhere.json"), data=data)
    assert (missing.returncode, "nowhere.json" in missing.stderr) == (2, True)


def test_a_domain_is_explained(tmp_path: Path) -> None:
    empty = run("route", "explain", "law", data=tmp_path)
    assert (empty.returncode, f"Nothing is recorded yet in {tmp_path}" in empty.stderr) == (3, True)
    assert not list(tmp_path.iterdir())
    with App(load(data=tmp_path)) as app:
        model = ModelSpec("openai-compatible:gpt", "http://127.0.0.1:1/v1", None)
        create_agent(
            app.runtime, app.workspace, AgentId("lawyer"), model=model, teacher=None, instructions="",
            sampling={},
        )  # fmt: skip
    told = run("route", "explain", "law", data=tmp_path)
    assert told.returncode == 0, told.stderr
    assert "lawyer" in told.stdout
    assert "auto:ensemble asks 1 at once (of 2: no more may answer)" in told.stdout
    assert run("route", "explain", "int_none", data=tmp_path).returncode == 3


def test_the_documents_variables_are_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PERFORMANCE_METRICS_FILE", str(tmp_path / "metrics.json"))
    monkeypatch.setenv("PERFORMANCE_FEEDBACK_ACCURACY_THRESHOLD", "0.4")
    found = load(data=tmp_path).route
    assert (found.metrics_file, found.leave_out_below) == (tmp_path / "metrics.json", 0.4)
