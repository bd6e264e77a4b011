"""The commands as a person meets them: in their own process, without a server."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from upspiral.app import App
from upspiral.cli.main import app
from upspiral.config import load
from upspiral.domain.training import RequestChange

ROOT = Path(__file__).parents[2]
LINE = {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}


def _run(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "upspiral.cli.main", *words, "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_file_is_imported_once_and_its_bad_lines_are_named(tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl"
    rows = [
        json.dumps({**LINE, "model": "m", "success": True}),
        "no json",
        json.dumps({**LINE, "success": 0}),
    ]
    file.write_text("\n".join(rows))
    for _ in range(2):
        told = _run(tmp_path / "data", "import", str(file), "--agent", "support")
        assert told.returncode == 0, told.stderr
        assert "Read 2 interactions with 2 outcomes" in told.stdout
        assert "line 2" in told.stdout
    status = json.loads(_run(tmp_path / "data", "status", "--json").stdout)
    assert (status["interactions"], status["feedback"]) == (2, 2)
    found = json.loads(_run(tmp_path / "data", "analyze", "--by", "agent", "--json").stdout)
    assert [(row["key"], row["settled"], row["failures"]) for row in found["agent"]] == [("support", 2, 1)]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("improve", "nobody"), 3, "nobody"),
        (("import", "nowhere.jsonl"), 3, "nowhere.jsonl"),
        (("serve", "--host", "0.0.0.0"), 2, "UPSPIRAL_SERVER_HOSTS"),
        (("agents", "create", "a", "--model", "magic:x"), 2, "local:FOLDER"),
        (("agents", "create", "a", "--model", "local:/nowhere"), 2, "config.json"),
        (("improve",), 2, "agent"),
    ],
)
def test_an_error_has_its_exit_code_and_says_the_next_action(
    tmp_path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    ran = _run(tmp_path, *words)
    assert ran.returncode == code, ran.stderr
    assert told in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_setting_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "upspiral.toml").write_text("[deploy]\ncanary_share = 2\n")
    ran = _run(tmp_path, "status")
    assert ran.returncode == 2
    assert "deploy.canary_share" in ran.stderr


def test_the_openapi_document_is_printed() -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "upspiral.cli.main", "openapi"], capture_output=True, text=True, check=True
    )
    assert json.loads(ran.stdout)["info"]["title"] == "Upspiral"


def test_every_command_is_in_the_reference() -> None:
    from upspiral.cli.main import app

    names = {(c.name or "") for c in app.registered_commands} | {
        (g.name or "") for g in app.registered_groups
    }
    told = (ROOT / "docs/reference/commands.md").read_text()
    assert not {name for name in names if not re.search(rf"upspiral {name}\b", told)}


def test_a_version_with_other_words_is_made_and_the_next_actions_are_told(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "shown.jsonl"
    model = ("--model", "openai-compatible:gpt", "--url", "http://127.0.0.1:9/v1")
    assert _run(data, "agents", "create", "support", *model).returncode == 0
    file.write_text(json.dumps({"question": "Open on Sunday?", "answer": "No."}) + "\n\n")
    words = ("agents", "revise", "support", "--rule", "Be kind.", "--rule", "Be short.")
    told = _run(data, *words, "--examples", str(file))
    assert told.returncode == 0, told.stderr
    assert "support@2 is made and answers nobody yet" in told.stdout
    assert "upspiral compare support 2 live" in told.stdout
    again = _run(data, *words, "--examples", str(file))
    assert (again.returncode, "support@2 says just this already" in again.stderr) == (4, True)
    file.write_text("no json\n")
    broken = _run(data, *words, "--examples", str(file))
    assert (broken.returncode, "Line 1 of" in broken.stderr) == (2, True)


def test_the_doctor_says_of_every_agent_what_it_lacks(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert "agent hosted" not in _run(data, "doctor").stdout
    endpoint = ("--model", "openai-compatible:gpt-x", "--url", "http://127.0.0.1:9/v1")
    made = _run(data, "agents", "create", "hosted", *endpoint)
    assert made.returncode == 0, made.stderr
    found = {one["what"]: one for one in json.loads(_run(data, "doctor", "--json").stdout)}
    assert found["agent hosted"]["ok"]  # it answers; that it cannot be taught breaks nothing
    assert "cannot teach it" in found["agent hosted"]["detail"]
    base = tmp_path / "base"
    shutil.copytree(ROOT / "examples/support_desk/model", base)
    assert _run(data, "agents", "create", "local", "--model", f"local:{base}").returncode == 0
    found = {one["what"]: one for one in json.loads(_run(data, "doctor", "--json").stdout)}
    assert found["agent local"]["ok"]
    shutil.rmtree(base)
    broken = _run(data, "doctor", "--json")
    found = {one["what"]: one for one in json.loads(broken.stdout)}
    assert broken.returncode != 0
    assert not found["agent local"]["ok"]
    assert str(base) in found["agent local"]["detail"]


def test_a_providers_key_is_read_from_standard_input_and_never_shown(tmp_path: Path) -> None:
    there, told = ["--data", str(tmp_path / "data")], ""
    for words, typed, code in (
        (["list-provider"], "", 3),
        (["set-provider", "OPENAI_API_KEY"], "sk-a-canary\n", 0),
        (["list-provider"], "", 0),
        (["list-provider", "--json"], "", 0),
        (["remove-provider", "OPENAI_APIKEY"], "", 3),
        (["remove-provider", "OPENAI_API_KEY"], "", 0),
        (["list-provider"], "", 0),
    ):
        ran = CliRunner().invoke(app, ["keys", *words, *there], input=typed)
        assert ran.exit_code == code, ran.output
        told += ran.output
    assert "sk-a-canary" not in told
    assert "Did you mean 'OPENAI_API_KEY'?" in told
    assert told.endswith("No key is sealed. Seal one with `upspiral keys set-provider VARIABLE`.\n")


def test_the_doctor_tells_how_models_are_asked_since_they_refused(tmp_path: Path) -> None:
    with App(load(data=tmp_path / "data"), nights=False) as opened:
        opened.runtime.refusals.learn("https://llm.example/v1", "gpt", [RequestChange("drop", "temperature")])
    told = CliRunner().invoke(app, ["doctor", "--data", str(tmp_path / "data"), "--json"]).output
    assert "asked at https://llm.example/v1 without `temperature`" in told
